/**
 * The metrics of a group's broker, under RocketMQ's names.
 *
 * <p>Counters are written by the group's loop where the thing happens and read by any thread. What can only be seen on the
 * loop, such as how far consumers are behind, is sampled there every few seconds, less often while nobody scrapes, and exported
 * from memory.
 */
@NullMarked
package io.vledger.broker.metrics;

import org.jspecify.annotations.NullMarked;
