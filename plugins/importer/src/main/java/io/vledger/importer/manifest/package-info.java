/**
 * What a group was agreed to continue from: {@link io.vledger.importer.manifest.OriginManifest} ({@code base.json}) is the same on all
 * members, {@link io.vledger.importer.manifest.LocalPlacement} ({@code here.json}) says where its files lie on this one. Builders
 * block; one thread at a time.
 */
@NullMarked
package io.vledger.importer.manifest;

import org.jspecify.annotations.NullMarked;
