package io.vledger.broker;

import io.vledger.api.origin.Origin;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.QueueIndex;
import io.vledger.broker.access.AccessState;
import io.vledger.broker.client.LockOwners;
import io.vledger.broker.config.RuntimeConfig;
import io.vledger.broker.pop.PopState;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ForbiddenTopics;
import io.vledger.broker.state.KnownFilters;
import io.vledger.broker.state.LightQueues;
import io.vledger.broker.state.NoIndex;
import io.vledger.broker.state.RequestModes;
import io.vledger.broker.state.StatePart;
import io.vledger.broker.timer.TimerState;
import io.vledger.broker.transaction.Transactions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the state machine of a group with the parts that features add to it. The one place that lists them. */
public final class GroupState {
    private GroupState() {}

    /**
     * The state of a new group.
     *
     * @param cluster RocketMQ's cluster name; the same on all members
     * @param broker RocketMQ's broker name; the same on all members
     * @param store whose indexes it fills
     * @param origin the earlier broker's data that the group continues from, the same on all members; null for none
     */
    public static BrokerState create(String cluster, String broker, GroupStore store, @Nullable Origin origin) {
        BrokerState state =
                new BrokerState(cluster, broker, store.queues(), store.keys(), origin, parts(store.queues()));
        NoIndex none = new NoIndex();
        state.tryOn(new BrokerState(cluster, broker, none, none, null, parts(none)));
        return state;
    }

    private static List<StatePart> parts(QueueIndex queues) {
        return List.of(
                new Transactions(),
                new LockOwners(),
                new TimerState(queues),
                new PopState(),
                new RequestModes(),
                new LightQueues(queues),
                new ForbiddenTopics(),
                new KnownFilters(),
                new RuntimeConfig(),
                new AccessState());
    }
}
