/**
 * Reads what a RocketMQ broker left on its disk: commit log, consume queues, configuration, and the data of a DLedger group.
 *
 * <p>Nothing here writes. Every length that comes from a file is bounded before it is used; what cannot be taken for granted is
 * told as a {@link io.vledger.importer.legacy.LegacyException} that names the file and the mend, or as a finding. One
 * thread at a time.
 */
@NullMarked
package io.vledger.importer.legacy;

import org.jspecify.annotations.NullMarked;
