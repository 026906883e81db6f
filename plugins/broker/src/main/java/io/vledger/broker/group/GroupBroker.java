package io.vledger.broker.group;

import io.vledger.api.group.Group;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.store.GroupStore;
import io.vledger.broker.state.BrokerState;
import java.util.function.LongSupplier;

/**
 * One group on this node, as its request handlers see it.
 *
 * @param node the node
 * @param config the group's configuration
 * @param group where proposals go
 * @param store where messages and indexes are
 * @param state what was applied
 * @param offsets where consumer offsets are committed
 * @param clock milliseconds since the epoch
 */
public record GroupBroker(
        NodeInfo node,
        GroupConfig config,
        Group group,
        GroupStore store,
        BrokerState state,
        OffsetCommits offsets,
        LongSupplier clock) {}
