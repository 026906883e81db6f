/**
 * What a group's broker tells of itself, under RocketMQ's names.
 *
 * <p>Counters are written by the group's loop where the thing happens and read by any thread. What can only be seen on the
 * loop, such as how far consumers are behind, is looked at there every few seconds, longer apart while nobody asks, and told
 * from memory.
 */
@NullMarked
package io.vledger.broker.metrics;

import org.jspecify.annotations.NullMarked;
