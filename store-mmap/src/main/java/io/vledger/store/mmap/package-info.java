/**
 * A store on plain files: written with positional writes, read through read-only memory maps.
 *
 * <p><b>Why this way.</b> A flush of a file that was written through a map writes whole large folios, many times the payload;
 * {@code write()} marks only the blocks that changed and stays coherent with a map that readers use. So nothing here ever
 * writes through a map.
 *
 * <p><b>Files.</b> {@code manifest} says whose directory this is and where the log begins. {@code log/} has one sparse file
 * for each segment, named by the position it starts at, with nothing but records in it; beside each a file of samples from
 * indexes to positions, so that opening reads only what was written after the last checkpoint; and {@code log/watermark},
 * which remembers how far the log was durable. {@code hardstate} has two copies of the Raft hard state. {@code snapshots/},
 * {@code queues/} and {@code keys/} are what they say. The module's README has every byte.
 *
 * <p><b>Threads.</b> The lane writes. Readers of the log take one immutable view ({@code LogView}) and never lock but to
 * hold a map in place while they copy. Indexes belong to the loop; a flush works on what was captured for it and hands its
 * results back through one volatile field.
 *
 * <p><b>Invariants.</b> Bytes after the log's end are zeros, on disk too, before anything is appended there: a cut shortens
 * the file and lengthens it again, and is synced. A damaged byte below the watermark is never cut. A failed sync is final.
 */
@NullMarked
package io.vledger.store.mmap;

import org.jspecify.annotations.NullMarked;
