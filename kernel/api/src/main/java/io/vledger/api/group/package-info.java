/**
 * A replication group as the broker sees it: propose entries, apply committed ones, know the role.
 *
 * <p>A group lives on one event loop. All methods of {@link io.vledger.api.group.Group} but those that say so, and all of
 * {@link io.vledger.api.group.StateMachine}, run there; no locks are needed.
 */
@NullMarked
package io.vledger.api.group;

import org.jspecify.annotations.NullMarked;
