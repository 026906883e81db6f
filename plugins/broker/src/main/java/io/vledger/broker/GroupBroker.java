package io.vledger.broker;

import static io.vledger.broker.routing.RoutingPolicy.KEY_SEARCH;
import static io.vledger.broker.routing.RoutingPolicy.LOCAL;
import static io.vledger.broker.routing.RoutingPolicy.LONG_POLL;
import static io.vledger.broker.routing.RoutingPolicy.READ;
import static io.vledger.broker.routing.RoutingPolicy.WRITE;

import io.vledger.api.group.Group;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.store.GroupStore;
import io.vledger.broker.access.GroupAccess;
import io.vledger.broker.access.NodeAccess;
import io.vledger.broker.admin.AdminParts;
import io.vledger.broker.client.ConsumerOffsetHandler;
import io.vledger.broker.client.FilterExpiry;
import io.vledger.broker.client.FilterRecorder;
import io.vledger.broker.client.GroupCreator;
import io.vledger.broker.client.HeartbeatHandler;
import io.vledger.broker.client.LockHandler;
import io.vledger.broker.client.MessageHandler;
import io.vledger.broker.client.OnlineClients;
import io.vledger.broker.client.QueueHandler;
import io.vledger.broker.client.QueueTimes;
import io.vledger.broker.client.StoredMessages;
import io.vledger.broker.config.RuntimeConfig;
import io.vledger.broker.config.Settings;
import io.vledger.broker.group.LightOffsets;
import io.vledger.broker.group.MessageReader;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.OffsetCoalescer;
import io.vledger.broker.group.OffsetResetter;
import io.vledger.broker.group.OtherMembers;
import io.vledger.broker.group.PublishedRoutes;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.group.Rerouter;
import io.vledger.broker.group.StandbyQueues;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.metrics.AccessMetrics;
import io.vledger.broker.metrics.BrokerMetrics;
import io.vledger.broker.metrics.PopMetrics;
import io.vledger.broker.metrics.RetentionMetrics;
import io.vledger.broker.pop.PopFeature;
import io.vledger.broker.pull.PullHandler;
import io.vledger.broker.pull.PullResponder;
import io.vledger.broker.reply.ReplyParts;
import io.vledger.broker.retention.Retention;
import io.vledger.broker.routing.RefusedRequests;
import io.vledger.broker.routing.RequestRouter;
import io.vledger.broker.routing.RequestTable;
import io.vledger.broker.send.LightQueueCleaner;
import io.vledger.broker.send.LightWriter;
import io.vledger.broker.send.SendBackHandler;
import io.vledger.broker.send.SendHandler;
import io.vledger.broker.send.SendLimits;
import io.vledger.broker.send.SendReplies;
import io.vledger.broker.send.SendWriter;
import io.vledger.broker.send.TopicCreation;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.LightQueues;
import io.vledger.broker.timer.DelayLevels;
import io.vledger.broker.timer.TimerParts;
import io.vledger.broker.transaction.TransactionParts;
import io.vledger.broker.transaction.Transactions;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.OffsetMessageId;
import java.net.InetSocketAddress;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One group's broker on this node: builds its parts, gives each what it uses, and puts the request handlers into one table. It is the
 * only class that knows all parts; no part knows it. Loop only.
 */
public final class GroupBroker {
    private final GroupConfig config;
    private final Group group;
    private final GroupStore store;
    private final BrokerState state;
    private final LongSupplier clock;
    private final @Nullable RequestRouter router;
    private final Traffic traffic = new Traffic();
    private final Settings settings;
    private final OffsetCoalescer offsets;
    private final OffsetResetter resets;
    private final PublishedRoutes routes;
    private final MetadataProposals metadata;
    private final MessageReader reader;
    private final Refusals refusals;
    private final OnlineClients clients;
    private final FilterExpiry filterExpiry;
    private final StandbyQueues standbyQueues;
    private final StoredMessages messages;
    private final OtherMembers others;
    private final QueueTimes times;
    private final Retention retention;
    private final LightQueueCleaner lightCleaner;
    private final LightOffsets lights;
    private final BrokerMetrics metrics;
    private final ConsumerOffsetHandler consumerOffsets;
    private final TimerParts timerParts;
    private final AdminParts adminParts;
    private final GroupAccess access;
    private final RequestTable requests = new RequestTable();
    private volatile Group.Registration statusChanges = () -> {};
    private volatile PeerChannel.Registration memberCalls = () -> {};
    /** In the order in which they hear of changes. */
    private final List<BrokerListener> listeners = new ArrayList<>();

    /**
     * A broker, not started.
     *
     * @param router relays what only the leader can serve; null if every member answers for itself
     * @param nodeAccess what is configured of access control, and its key
     * @throws IllegalArgumentException if the delay levels cannot be read
     */
    public GroupBroker(BrokerContext context, @Nullable RequestRouter router, NodeAccess nodeAccess) {
        this.config = context.config();
        this.group = context.group();
        this.store = context.store();
        this.state = context.state();
        this.clock = context.clock();
        this.router = router;
        others = new OtherMembers(group, context.members());
        settings = new Settings(config.broker(), config.retention(), state.part(RuntimeConfig.class));
        offsets = new OffsetCoalescer(group, state);
        resets = new OffsetResetter(group, state, offsets);
        routes = new PublishedRoutes(group, state);
        metadata = new MetadataProposals(group, state, settings, routes);
        reader = new MessageReader(state, store.log(), context.coldReads());
        refusals = new Refusals(group, state, router == null ? Rerouter.NONE : router);
        clients = new OnlineClients(group, state, clock);
        standbyQueues =
                new StandbyQueues(state.cluster(), group.name(), config.broker().standbyQueues());
        messages = new StoredMessages(state.topics(), reader);
        times = new QueueTimes(store.log());
        retention = new Retention(
                group, state, store, context.coldReads(), settings::retention, ZoneId.systemDefault(), clock);
        lightCleaner = new LightQueueCleaner(group, state, store.log(), state.part(LightQueues.class), metadata);
        metrics = new BrokerMetrics(
                group, state, store, context.coldReads(), traffic, clients, settings::brokerPermission, clock);
        consumerOffsets = new ConsumerOffsetHandler(
                group,
                state,
                store.log(),
                offsets,
                resets,
                refusals,
                name -> clients.consumers().group(name) != null,
                clock);
        listeners.add(offsets);
        if (router != null) {
            listeners.add(router);
        }
        lights = new LightOffsets(state.part(LightQueues.class), settings::maxLightQueues);
        timerParts = new TimerParts(
                new TimerParts.Broker(group, state, store.log(), context.coldReads(), metadata, lights, refusals),
                config,
                settings,
                clock);
        filterExpiry = new FilterExpiry(group, state, clients.consumers(), metadata, clock);
        addClients(context);
        adminParts = adminParts(context);
        adminParts.addTo(requests);
        addMessages(context);
        addTransactions();
        addPop(context);
        access = new GroupAccess(
                new GroupAccess.Broker(group, state, refusals, context.coldReads(), config.clientAddress()),
                nodeAccess,
                clock);
        access.addTo(requests);
        metrics.add(new AccessMetrics(access::refusals, state.cluster(), group.name()));
    }

    /** What tools ask. */
    private AdminParts adminParts(BrokerContext context) {
        return new AdminParts(
                new AdminParts.Node(context.node(), config, context.members().clients()),
                new AdminParts.Broker(group, state, store, metadata, refusals, settings, retention, traffic),
                new AdminParts.Queues(offsets, resets, times, messages, standbyQueues),
                new AdminParts.Clients(clients.consumers(), clients.producers()),
                clock);
    }

    private boolean storeReply(SendHandler send, RpcRequest reply) {
        if (settings.storeReplyMessageEnable()) {
            send.handle(reply);
        }
        return settings.storeReplyMessageEnable();
    }

    private long newestFile() {
        var segments = store.log().segments();
        return segments.isEmpty() ? 0 : segments.get(segments.size() - 1).position();
    }

    /** Half messages and what their producers decide about them. */
    private void addTransactions() {
        TransactionParts transactions = new TransactionParts(
                new TransactionParts.Broker(
                        group,
                        state,
                        metadata,
                        new TransactionParts.Reading(reader, messages, this::newestFile, lights),
                        new TransactionParts.Producers(clients.producers(), others),
                        refusals,
                        offsets,
                        traffic),
                config,
                settings,
                timerParts.timers(),
                clock);
        transactions.addTo(requests);
        listeners.addAll(transactions.listeners());
        metrics.add(transactions.metrics());
        retention.keepFrom(transactions::neededFrom);
        retention.keepFrom(timerParts.needed()::overdue);
        metrics.add(new RetentionMetrics(retention::lostMessages, state.cluster(), group.name()));
        retention.keepUnlessFull(timerParts.needed()::all, timerParts.needed()::countBelow);
    }

    /** What clients ask beside sends and pulls. */
    private void addClients(BrokerContext context) {
        GroupCreator creator = new GroupCreator(group, state, metadata, routes, clients.consumers());
        HeartbeatHandler heartbeats = new HeartbeatHandler(
                clients.consumers(),
                clients.producers(),
                creator::seen,
                clock,
                new FilterRecorder(state, metadata),
                settings::enablePropertyFilter);
        requests.add(LOCAL, RequestCode.HEART_BEAT, heartbeats::heartbeat);
        requests.add(LOCAL, RequestCode.UNREGISTER_CLIENT, heartbeats::unregister);
        requests.add(LOCAL, RequestCode.CHECK_CLIENT_CONFIG, heartbeats::checkClientConfig);
        requests.add(READ, RequestCode.GET_CONSUMER_LIST_BY_GROUP, heartbeats::consumerList);

        requests.add(READ, RequestCode.QUERY_CONSUMER_OFFSET, consumerOffsets::query);
        requests.add(READ, RequestCode.UPDATE_CONSUMER_OFFSET, consumerOffsets::update);

        LockHandler locks = new LockHandler(group.name(), refusals, clients.locks());
        requests.add(READ, RequestCode.LOCK_BATCH_MQ, locks::lock);
        requests.add(READ, RequestCode.UNLOCK_BATCH_MQ, locks::unlock);

        QueueHandler queues = new QueueHandler(state.topics(), times);
        requests.add(READ, RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, queues::search);
        requests.add(READ, RequestCode.GET_MAX_OFFSET, queues::max);
        requests.add(READ, RequestCode.GET_MIN_OFFSET, queues::min);
        requests.add(READ, RequestCode.GET_EARLIEST_MSG_STORETIME, queues::earliestStoreTime);

        MessageHandler single =
                new MessageHandler(group, store.keys(), messages, context.coldReads(), state.originEnd());
        requests.add(READ, RequestCode.VIEW_MESSAGE_BY_ID, single::view);
        requests.add(KEY_SEARCH, RequestCode.QUERY_MESSAGE, single::query);
        listeners.add(filterExpiry);
        listeners.add(clients);
        listeners.add(creator);
    }

    /** Sends, pulls, and the delivery of delayed messages. */
    private void addMessages(BrokerContext context) {
        SendLimits limits = new SendLimits(
                group.name(),
                settings,
                DelayLevels.parse(config.broker().messageDelayLevel()).count(),
                () -> state.part(Transactions.class).openCount() < Transactions.MAX_OPEN);
        byte[] storeHost = HostBytes.of(new InetSocketAddress(config.host(), config.port()));
        SendReplies replies = new SendReplies(refusals, traffic, new OffsetMessageId(storeHost), clock);
        state.part(LightQueues.class).showAbsent(() -> settings.maxLightQueues() > 0);
        listeners.add(lights);
        LightWriter lightWriter = new LightWriter(group, state.cursors(), traffic, lights);
        SendHandler send = new SendHandler(
                group,
                state.topics(),
                metadata,
                new TopicCreation(state.topics(), settings),
                refusals,
                limits,
                clients.locks()::anyIn,
                new SendWriter(group, state, limits, timerParts.timers(), replies, lightWriter, storeHost));
        requests.add(WRITE, RequestCode.SEND_MESSAGE, send);
        requests.add(WRITE, RequestCode.SEND_MESSAGE_V2, send);
        requests.add(WRITE, RequestCode.SEND_BATCH_MESSAGE, send);
        requests.add(
                WRITE,
                RequestCode.CONSUMER_SEND_MSG_BACK,
                new SendBackHandler(group, state, metadata, reader, limits, replies, storeHost));

        PullResponder responder =
                new PullResponder(group, state, store.log(), context.coldReads(), resets, traffic, clock);
        PullHandler pull = new PullHandler(
                group.name(),
                settings::readable,
                settings::enablePropertyFilter,
                state,
                metadata,
                resets,
                clients.consumers(),
                responder);
        requests.add(LONG_POLL, RequestCode.PULL_MESSAGE, pull);
        requests.add(LONG_POLL, RequestCode.LITE_PULL_MESSAGE, pull);
        listeners.add(responder);
        new ReplyParts(
                        group,
                        clients.producers(),
                        others,
                        refusals,
                        request -> storeReply(send, request),
                        config.clientAddress(),
                        clock)
                .addTo(requests);
        timerParts.addTo(requests);
        listeners.addAll(timerParts.listeners());
        metrics.add(timerParts.metrics());
    }

    /** Messages that are given to consumers one by one. */
    private void addPop(BrokerContext context) {
        PopFeature pop = new PopFeature(
                new PopFeature.Broker(
                        group, state, store.log(), context.coldReads(), metadata, resets, refusals, traffic),
                settings::readable,
                settings::pop,
                clock);
        pop.addTo(requests);
        metrics.add(new PopMetrics(pop.counters(), state.cluster(), group.name()));
        listeners.add(pop.listener());
    }

    /** Registers the request handlers and starts what the broker does by itself. Once. */
    public void start(Handlers handlers) {
        listeners.forEach(state::listen);
        if (router == null) {
            requests.register(handlers);
        } else {
            router.register(requests, handlers);
        }
        RefusedRequests.register(requests, handlers);
        access.start(handlers);
        statusChanges = group.onStatus(status -> consumerOffsets.askAgain());
        memberCalls = others.start();
        clients.start();
        filterExpiry.start();
        adminParts.start();
        retention.start();
        lightCleaner.start();
        metrics.start();
    }

    /** Stops following the group's status, and gathers no more figures. Any thread. */
    public void stop() {
        statusChanges.close();
        memberCalls.cancel();
        access.stop();
        metrics.stop();
    }

    /** Its access control, which guards the handlers that were registered. */
    public GroupAccess access() {
        return access;
    }

    /** The settings in force. */
    public Settings settings() {
        return settings;
    }

    /** The requests that it serves. */
    public RequestTable requests() {
        return requests;
    }

    /** Its metrics. */
    public BrokerMetrics metrics() {
        return metrics;
    }

    /** Holds answers back until name servers publish the topics that the answers are about. */
    public PublishedRoutes routes() {
        return routes;
    }

    /** Which queues are published under the standby's broker name. */
    StandbyQueues standbyQueues() {
        return standbyQueues;
    }

    /** Changes topics and consumer groups. */
    public MetadataProposals metadata() {
        return metadata;
    }

    /** Commits consumer offsets. */
    public OffsetCoalescer offsets() {
        return offsets;
    }

    /** Sets consumer offsets for tools. */
    public OffsetResetter resets() {
        return resets;
    }

    /** Counts messages. */
    public Traffic traffic() {
        return traffic;
    }

    /** Who is online. */
    public OnlineClients clients() {
        return clients;
    }
}
