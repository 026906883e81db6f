/**
 * The demonstration: three real node processes, messages over the wire, the leader killed half way, everything counted.
 *
 * <p>It speaks to the nodes as any client would, through a small blocking client of its own, so that what it shows does not
 * depend on the broker's own classes. Whatever it started is stopped when it ends, however it ends.
 */
@NullMarked
package io.vledger.launcher.quickstart;

import org.jspecify.annotations.NullMarked;
