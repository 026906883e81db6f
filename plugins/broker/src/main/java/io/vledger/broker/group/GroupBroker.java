package io.vledger.broker.group;

import io.vledger.api.group.Group;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.store.GroupStore;
import io.vledger.broker.message.ColdReads;
import io.vledger.broker.message.MessageReader;
import io.vledger.broker.state.BrokerState;
import java.util.function.LongSupplier;

/**
 * The parts of one group's broker on this node, for request handlers.
 *
 * @param node the node
 * @param config the group's configuration on this node
 * @param group its replication
 * @param store its storage
 * @param state what it agrees on
 * @param offsets where consumer offsets are committed
 * @param resets where consumer offsets are set by tools
 * @param metadata where topics and groups are changed
 * @param routes holds answers back until name servers know what they are about
 * @param reader reads messages by position
 * @param coldReads for reads that may wait for the disk
 * @param traffic counters of this process
 * @param elsewhere for requests that cannot be served here any more
 * @param clock milliseconds since the epoch
 */
public record GroupBroker(
        NodeInfo node,
        GroupConfig config,
        Group group,
        GroupStore store,
        BrokerState state,
        OffsetCoalescer offsets,
        OffsetResetting resets,
        MetadataProposals metadata,
        PublishedRoutes routes,
        MessageReader reader,
        ColdReads coldReads,
        Traffic traffic,
        Elsewhere elsewhere,
        LongSupplier clock) {

    /** Puts the parts together. Loop only. */
    public static GroupBroker of(
            NodeInfo node,
            GroupConfig config,
            Group group,
            GroupStore store,
            BrokerState state,
            ColdReads coldReads,
            LongSupplier clock) {
        OffsetCoalescer offsets = new OffsetCoalescer(group, state);
        PublishedRoutes routes = new PublishedRoutes(group, state);
        return new GroupBroker(
                node,
                config,
                group,
                store,
                state,
                offsets,
                new OffsetResetting(group, state, offsets),
                new MetadataProposals(group, state, config.broker(), routes),
                routes,
                new MessageReader(state, store.log(), coldReads),
                coldReads,
                new Traffic(),
                new Elsewhere(),
                clock);
    }
}
