/**
 * Discovery over an embedded Hazelcast member: each node tells all others which group members it runs.
 *
 * <p>The member is used as a meeting place and nothing else: one topic, on which a node repeats its statement now and then and
 * sends it at once when it changes or somebody new joins. Nothing is stored in Hazelcast, so nothing can be lost in it, has to
 * be merged after a partition, or may be waited for. What is heard is checked for its form and bounded
 * ({@link io.vledger.hazelcast.Statement}, {@link io.vledger.hazelcast.Heard}); whether it is true is for its users to find out.
 *
 * <p><b>Threads.</b> The plugin's loop, one worker for calls that Hazelcast may block, and Hazelcast's own, on which nothing is
 * done but to put a message down.
 */
@NullMarked
package io.vledger.hazelcast;

import org.jspecify.annotations.NullMarked;
