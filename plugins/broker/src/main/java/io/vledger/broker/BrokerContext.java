package io.vledger.broker;

import io.vledger.api.group.Group;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.store.GroupStore;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.state.BrokerState;
import java.util.function.Function;
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
 * @param members makes a client of another member's client address, on the group's loop
 * @param clock milliseconds since the epoch
 */
public record BrokerContext(
        NodeInfo node,
        GroupConfig config,
        Group group,
        GroupStore store,
        BrokerState state,
        ColdReads coldReads,
        Function<String, RpcClient> members,
        LongSupplier clock) {}
