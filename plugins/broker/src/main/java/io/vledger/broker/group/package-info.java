/**
 * What the parts of the broker share about one group on this node.
 *
 * <p><b>Threads.</b> Everything is used on the group's loop.
 */
@NullMarked
package io.vledger.broker.group;

import org.jspecify.annotations.NullMarked;
