/**
 * What storage backends have in common: the lock of a group's directory, the queues of a consume queue index as far as they are in
 * memory, flushes of indexes between loop and lane, and the bookkeeping of a log's terms. A library: each backend's plugin carries its own
 * copy.
 *
 * <p><b>Threads.</b> As the classes say; nothing here has a thread, and only the lock does I/O.
 */
@NullMarked
package io.vledger.store.common;

import org.jspecify.annotations.NullMarked;
