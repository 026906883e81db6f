/**
 * Letting old messages go. The leader decides, by age, size and room on its disk, and proposes it, so that the first queue
 * offsets are the same on all members.
 */
@NullMarked
package io.vledger.broker.retention;

import org.jspecify.annotations.NullMarked;
