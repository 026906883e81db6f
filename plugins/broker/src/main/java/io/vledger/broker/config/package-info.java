/**
 * Configuration that tools change while the group runs: what of RocketMQ's {@code broker.conf} that is, what was set, and what is in force.
 *
 * <p>What a tool sets is part of the replicated state ({@link io.vledger.broker.config.RuntimeConfig}), so every member has it, also after a
 * restart or a change of leader, whatever its own file says. Parts of the broker ask {@link io.vledger.broker.config.Settings} each time
 * instead of keeping what they were given.
 *
 * <p><b>Threads.</b> Everything runs on the group's loop, but for {@link io.vledger.broker.config.Settings}, whose values any thread may read.
 */
@NullMarked
package io.vledger.broker.config;

import org.jspecify.annotations.NullMarked;
