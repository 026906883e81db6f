package io.vledger.broker.client;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.SubscriptionGroup;
import java.util.function.LongSupplier;

/** The clients that are online at this member, and the queue locks that they hold while it leads. Loop only. */
public final class OnlineClients implements BrokerListener {
    private static final long EXPIRY_CHECK_MS = 10_000;
    /** Time for clients to learn of a new leader before they are asked to rebalance. */
    private static final long SETTLE_MS = 1_000;

    private final Group group;
    private final ConsumerRegistry consumers;
    private final ProducerRegistry producers;
    private final QueueLocks locks;

    /** Nobody yet; to be registered with the state. The clock gives milliseconds since the epoch. */
    public OnlineClients(Group group, BrokerState state, LongSupplier clock) {
        this.group = group;
        this.consumers = new ConsumerRegistry(group::schedule, clock, name -> {
            SubscriptionGroup settings = state.groups().find(name);
            return settings == null || settings.notifyConsumerIdsChangedEnable();
        });
        this.producers = new ProducerRegistry(clock);
        this.locks = new QueueLocks(group, state, clock);
    }

    /** Starts to remove clients that were not heard of for long. */
    public void start() {
        group.schedule(EXPIRY_CHECK_MS, () -> {
            consumers.expire();
            producers.expire();
            locks.expire();
            start();
        });
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        locks.roleChanged(role, term);
        if (role == GroupRole.LEADER) {
            group.schedule(SETTLE_MS, consumers::rebalanceAll);
        }
    }

    @Override
    public void restored() {
        locks.restored();
    }

    /** Its consumers. */
    public ConsumerRegistry consumers() {
        return consumers;
    }

    /** Its producers. */
    public ProducerRegistry producers() {
        return producers;
    }

    /** The locks of queues that its consumers hold. */
    public QueueLocks locks() {
        return locks;
    }
}
