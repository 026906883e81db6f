/**
 * A group's store that continues an old broker's log: positions below the border are read from the old files, positions above from the
 * group's own log. Old files are never written to, only deleted when they have expired. Threads are those of {@link
 * io.vledger.api.store.GroupStore}, unless a class says otherwise.
 */
@NullMarked
package io.vledger.importer.store;

import org.jspecify.annotations.NullMarked;
