/**
 * What a plugin's tests put in the place of the rest of a node: a group, requests and connections, without threads, sockets and
 * real time; and the kernel, for plugins that have these themselves.
 *
 * <p>{@link io.vledger.testkit.fake.FakeGroup} passes {@link io.vledger.testkit.GroupContract}, as the real replica does.
 */
@NullMarked
package io.vledger.testkit.fake;

import org.jspecify.annotations.NullMarked;
