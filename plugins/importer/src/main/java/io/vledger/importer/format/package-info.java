/**
 * Reads the file formats of RocketMQ and DLedger: commit log, consume queues, configuration.
 *
 * <p>Nothing in this package writes. Every length that comes from a file is bounded before it is used. What cannot be read as it should be
 * is a {@link io.vledger.importer.format.OriginFileException} that names the file and the remedy, or a finding. One thread
 * at a time.
 */
@NullMarked
package io.vledger.importer.format;

import org.jspecify.annotations.NullMarked;
