/**
 * Discovery over an embedded Hazelcast member: each node announces to all others which group members it runs.
 *
 * <p>The member is used for nothing but one topic, on which a node repeats its statement now and then and
 * sends it at once when it changes or another node joins. Nothing is stored in Hazelcast, so nothing can be lost in it, has to
 * be merged after a partition, or may be waited for. What is received is checked for its form and bounded
 * ({@link io.vledger.hazelcast.Statement}, {@link io.vledger.hazelcast.ReceivedSightings}); whether it is true is for its users to find out.
 *
 * <p><b>Threads.</b> The plugin's loop, one worker for calls that Hazelcast may block, and Hazelcast's own, which only leave a message for
 * the loop.
 */
@NullMarked
package io.vledger.hazelcast;

import org.jspecify.annotations.NullMarked;
