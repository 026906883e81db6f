package io.vledger.broker.client;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.rpc.Handlers;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.protocol.RequestCode;

/** Puts the handlers of this package to work for one group. */
public final class ClientHandlers {
    private static final long SWEEP_MS = 10_000;
    /** Time for clients to learn of a new leader before they are asked to divide the queues anew. */
    private static final long SETTLE_MS = 1_000;

    private ClientHandlers() {}

    /** Registers the handlers; on the group's loop, once. Returns who is online, for the other handlers. */
    public static OnlineClients register(Handlers handlers, GroupBroker broker) {
        Group group = broker.group();
        ConsumerRegistry consumers = new ConsumerRegistry(group::schedule, broker.clock(), name -> {
            SubscriptionGroup settings = broker.state().groups().find(name);
            return settings == null || settings.notifyConsumerIdsChangedEnable();
        });
        ProducerRegistry producers = new ProducerRegistry(broker.clock());
        QueueLocks locks = new QueueLocks(broker.clock());
        GroupCreation creation = new GroupCreation(broker);
        QueueTimes times = new QueueTimes(broker.store().log());

        HeartbeatHandler heartbeats = new HeartbeatHandler(consumers, producers, creation::seen, broker.clock());
        handlers.register(RequestCode.HEART_BEAT, heartbeats::heartbeat);
        handlers.register(RequestCode.UNREGISTER_CLIENT, heartbeats::unregister);
        handlers.register(RequestCode.CHECK_CLIENT_CONFIG, heartbeats::checkClientConfig);
        handlers.register(RequestCode.GET_CONSUMER_LIST_BY_GROUP, heartbeats::consumerList);

        ConsumerOffsetHandler offsets = new ConsumerOffsetHandler(broker);
        handlers.register(RequestCode.QUERY_CONSUMER_OFFSET, offsets::query);
        handlers.register(RequestCode.UPDATE_CONSUMER_OFFSET, offsets::update);

        LockHandler lockHandler = new LockHandler(broker, locks);
        handlers.register(RequestCode.LOCK_BATCH_MQ, lockHandler::lock);
        handlers.register(RequestCode.UNLOCK_BATCH_MQ, lockHandler::unlock);

        QueueHandler queues = new QueueHandler(broker, times);
        handlers.register(RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, queues::search);
        handlers.register(RequestCode.GET_MAX_OFFSET, queues::max);
        handlers.register(RequestCode.GET_MIN_OFFSET, queues::min);
        handlers.register(RequestCode.GET_EARLIEST_MSG_STORETIME, queues::earliestStoreTime);

        MessageHandler messages = new MessageHandler(broker, new StoredMessages(broker));
        handlers.register(RequestCode.VIEW_MESSAGE_BY_ID, messages::view);
        handlers.register(RequestCode.QUERY_MESSAGE, messages::query);

        broker.state().listen(offsets);
        broker.state().listen(new BrokerListener() {
            @Override
            public void roleChanged(GroupRole role, long term) {
                locks.clear();
                if (role == GroupRole.LEADER) {
                    // Not from within the change itself: the group is told of it before it takes proposals.
                    group.schedule(1, () -> consumers.groups().forEach(online -> creation.seen(online.name())));
                    group.schedule(SETTLE_MS, consumers::rebalanceAll);
                }
            }
        });
        sweep(group, consumers, producers, locks);
        return new OnlineClients(consumers, producers, locks::anyIn);
    }

    private static void sweep(Group group, ConsumerRegistry consumers, ProducerRegistry producers, QueueLocks locks) {
        group.schedule(SWEEP_MS, () -> {
            consumers.expire();
            producers.expire();
            locks.expire();
            sweep(group, consumers, producers, locks);
        });
    }
}
