/**
 * What request handlers of one group share: its parts in one place ({@link io.vledger.broker.group.GroupBroker}), and the
 * proposals that are not messages. Consumer offsets are gathered into few entries; changes of topics and groups are proposed
 * once, however many requests wait for them.
 *
 * <p>Everything runs on the group's loop. Proposals are made on a leader only; whoever waits is always told the outcome.
 */
@NullMarked
package io.vledger.broker.group;

import org.jspecify.annotations.NullMarked;
