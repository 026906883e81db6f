/**
 * Takes over what an old RocketMQ broker left on its disk: {@link io.vledger.importer.ImporterPlugin} on a node, {@link
 * io.vledger.importer.UpgradeCheck} on the command line. Packages depend on each other in this order: {@code agree}, {@code
 * store}, {@code manifest}, {@code inspect}, {@code format}.
 */
@NullMarked
package io.vledger.importer;

import org.jspecify.annotations.NullMarked;
