package io.vledger.broker.client;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.protocol.RequestCode;

/** Puts the handlers of this package to work for one group: one switch over all their codes. Loop only. */
public final class ClientHandlers implements RequestHandler {
    private static final long SWEEP_MS = 10_000;
    /** Time for clients to learn of a new leader before they are asked to divide the queues anew. */
    private static final long SETTLE_MS = 1_000;

    private static final int[] CODES = {
        RequestCode.HEART_BEAT,
        RequestCode.UNREGISTER_CLIENT,
        RequestCode.CHECK_CLIENT_CONFIG,
        RequestCode.GET_CONSUMER_LIST_BY_GROUP,
        RequestCode.QUERY_CONSUMER_OFFSET,
        RequestCode.UPDATE_CONSUMER_OFFSET,
        RequestCode.LOCK_BATCH_MQ,
        RequestCode.UNLOCK_BATCH_MQ,
        RequestCode.SEARCH_OFFSET_BY_TIMESTAMP,
        RequestCode.GET_MAX_OFFSET,
        RequestCode.GET_MIN_OFFSET,
        RequestCode.GET_EARLIEST_MSG_STORETIME,
        RequestCode.VIEW_MESSAGE_BY_ID,
        RequestCode.QUERY_MESSAGE,
    };

    private final HeartbeatHandler heartbeats;
    private final ConsumerOffsetHandler offsets;
    private final LockHandler lockHandler;
    private final QueueHandler queues;
    private final MessageHandler messages;

    private ClientHandlers(
            HeartbeatHandler heartbeats,
            ConsumerOffsetHandler offsets,
            LockHandler lockHandler,
            QueueHandler queues,
            MessageHandler messages) {
        this.heartbeats = heartbeats;
        this.offsets = offsets;
        this.lockHandler = lockHandler;
        this.queues = queues;
        this.messages = messages;
    }

    /** A switch rather than a handler object for each code: a node makes this table at every start. */
    @Override
    public void handle(RpcRequest request) {
        switch (request.code()) {
            case RequestCode.HEART_BEAT -> heartbeats.heartbeat(request);
            case RequestCode.UNREGISTER_CLIENT -> heartbeats.unregister(request);
            case RequestCode.CHECK_CLIENT_CONFIG -> heartbeats.checkClientConfig(request);
            case RequestCode.GET_CONSUMER_LIST_BY_GROUP -> heartbeats.consumerList(request);
            case RequestCode.QUERY_CONSUMER_OFFSET -> offsets.query(request);
            case RequestCode.UPDATE_CONSUMER_OFFSET -> offsets.update(request);
            case RequestCode.LOCK_BATCH_MQ -> lockHandler.lock(request);
            case RequestCode.UNLOCK_BATCH_MQ -> lockHandler.unlock(request);
            case RequestCode.SEARCH_OFFSET_BY_TIMESTAMP -> queues.search(request);
            case RequestCode.GET_MAX_OFFSET -> queues.max(request);
            case RequestCode.GET_MIN_OFFSET -> queues.min(request);
            case RequestCode.GET_EARLIEST_MSG_STORETIME -> queues.earliestStoreTime(request);
            case RequestCode.VIEW_MESSAGE_BY_ID -> messages.view(request);
            case RequestCode.QUERY_MESSAGE -> messages.query(request);
            default -> throw new IllegalStateException("registered for a code that is not served: " + request.code());
        }
    }

    /** Registers the handlers; on the group's loop, once. Returns who is online, for the other handlers. */
    public static OnlineClients register(Handlers handlers, GroupBroker broker) {
        Group group = broker.group();
        ConsumerRegistry consumers = new ConsumerRegistry(group::schedule, broker.clock(), name -> {
            SubscriptionGroup settings = broker.state().groups().find(name);
            return settings == null || settings.notifyConsumerIdsChangedEnable();
        });
        ProducerRegistry producers = new ProducerRegistry(broker.clock());
        QueueLocks locks = new QueueLocks(broker.clock());
        GroupCreation creation = new GroupCreation(broker, consumers::rebalance);
        QueueTimes times = new QueueTimes(broker.store().log());

        HeartbeatHandler heartbeats = new HeartbeatHandler(consumers, producers, creation::seen, broker.clock());

        ConsumerOffsetHandler offsets = new ConsumerOffsetHandler(broker, name -> consumers.group(name) != null);

        LockHandler lockHandler = new LockHandler(broker, locks);

        QueueHandler queues = new QueueHandler(broker, times);

        MessageHandler messages = new MessageHandler(broker, new StoredMessages(broker));

        ClientHandlers all = new ClientHandlers(heartbeats, offsets, lockHandler, queues, messages);
        for (int code : CODES) {
            handlers.register(code, all);
        }
        broker.state().listen(offsets);
        broker.state().listen(new BrokerListener() {
            @Override
            public void roleChanged(GroupRole role, long term) {
                locks.clear();
                if (role == GroupRole.LEADER) {
                    // Not from within the change itself: the group is told of it before it takes proposals.
                    group.schedule(
                            1, () -> consumers.groups().forEach(online -> creation.seen(online.name(), () -> {})));
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
