/**
 * What RocketMQ's tools ask of a broker: topics, consumer groups, statistics, state of the node.
 *
 * <p>One class answers one family of request codes. Changes are proposals: only the leader takes them, and they are answered
 * once they are committed and applied, so that a tool that got its answer sees the change on the leader at once. A member
 * that does not lead refuses changes with code 14 and names the leader. Questions are answered by every member from what it
 * has applied.
 *
 * <p>Maps that RocketMQ keys by queue are written with an object as key, without quotes: this is what its tools read.
 *
 * <p><b>Threads.</b> Everything runs on the group's loop.
 */
@NullMarked
package io.vledger.broker.admin;

import org.jspecify.annotations.NullMarked;
