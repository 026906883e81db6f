package io.vledger.broker;

import io.vledger.api.group.Group;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.store.GroupStore;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.group.MemberLinks;
import io.vledger.broker.state.BrokerState;
import java.util.function.LongSupplier;

/**
 * What a {@link GroupBroker} is built from.
 *
 * @param node the node
 * @param config the group's configuration on this node
 * @param group its replication
 * @param store its storage
 * @param state its state machine
 * @param coldReads for reads that may wait for the disk
 * @param members reaches the other members
 * @param clock milliseconds since the epoch
 */
public record BrokerContext(
        NodeInfo node,
        GroupConfig config,
        Group group,
        GroupStore store,
        BrokerState state,
        ColdReads coldReads,
        MemberLinks members,
        LongSupplier clock) {}
