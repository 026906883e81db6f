/**
 * What a group goes on from: {@link io.vledger.importer.base.Base} is the same on all members, {@link
 * io.vledger.importer.base.Here} tells where its files lie on this one.
 */
@NullMarked
package io.vledger.importer.base;

import org.jspecify.annotations.NullMarked;
