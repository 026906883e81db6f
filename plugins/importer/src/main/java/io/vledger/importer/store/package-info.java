/**
 * A group's store that goes on from an old broker's files: what lies below the base is read where the old broker left it, what lies
 * above is the group's own. Old files are never written, only deleted when they have expired.
 */
@NullMarked
package io.vledger.importer.store;

import org.jspecify.annotations.NullMarked;
