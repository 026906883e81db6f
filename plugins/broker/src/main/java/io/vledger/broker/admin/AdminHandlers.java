package io.vledger.broker.admin;

import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.ConsumerRegistry;
import io.vledger.broker.client.OnlineClients;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.state.Topic;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;

/** Puts the handlers of this package to work for one group: one switch over all their codes. Loop only. */
public final class AdminHandlers implements RequestHandler {
    private static final int[] CODES = {
        RequestCode.GET_CONSUMER_CONNECTION_LIST,
        RequestCode.GET_PRODUCER_CONNECTION_LIST,
        RequestCode.GET_ALL_PRODUCER_INFO,
        RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER,
        RequestCode.GET_CONSUMER_RUNNING_INFO,
        RequestCode.CONSUME_MESSAGE_DIRECTLY,
        RequestCode.INVOKE_BROKER_TO_RESET_OFFSET,
        RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS,
        RequestCode.CLONE_GROUP_OFFSET,
        RequestCode.QUERY_ASSIGNMENT,
        RequestCode.SET_MESSAGE_REQUEST_MODE,
        RequestCode.GET_ALL_MESSAGE_REQUEST_MODE,
        RequestCode.UPDATE_AND_CREATE_TOPIC,
        RequestCode.UPDATE_AND_CREATE_TOPIC_LIST,
        RequestCode.DELETE_TOPIC_IN_BROKER,
        RequestCode.GET_ALL_TOPIC_CONFIG,
        RequestCode.GET_TOPIC_CONFIG,
        RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER,
        RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
        RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
        RequestCode.DELETE_SUBSCRIPTIONGROUP,
        RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
        RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG,
        RequestCode.GET_TOPIC_STATS_INFO,
        RequestCode.QUERY_TOPIC_CONSUME_BY_WHO,
        RequestCode.QUERY_TOPICS_BY_CONSUMER,
        RequestCode.QUERY_CONSUME_TIME_SPAN,
        RequestCode.VIEW_BROKER_STATS_DATA,
        RequestCode.QUERY_CONSUME_QUEUE,
        RequestCode.GET_CONSUME_STATS,
        RequestCode.GET_BROKER_CONSUME_STATS,
        RequestCode.UPDATE_BROKER_CONFIG,
        RequestCode.GET_BROKER_CONFIG,
        RequestCode.GET_BROKER_RUNTIME_INFO,
        RequestCode.GET_BROKER_HA_STATUS,
        RequestCode.GET_ALL_CONSUMER_OFFSET,
        RequestCode.GET_ALL_DELAY_OFFSET,
        RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE,
        RequestCode.CLEAN_UNUSED_TOPIC,
        RequestCode.DELETE_EXPIRED_COMMITLOG,
    };

    private final ConnectionsHandler connections;
    private final ClientRelay relay;
    private final OffsetAdmin offsets;
    private final Assignments assignments;
    private final TopicHandler topics;
    private final GroupHandler groups;
    private final StatsHandler stats;
    private final ConsumeStatsHandler consumeStats;
    private final NodeHandler node;

    private AdminHandlers(GroupBroker broker, OnlineClients clients) {
        ConsumerRegistry consumers = clients.consumers();
        Meters meters = new Meters(broker);
        meters.start();
        topics = new TopicHandler(broker);
        groups = new GroupHandler(broker);
        stats = new StatsHandler(broker, consumers, meters);
        consumeStats = new ConsumeStatsHandler(broker, consumers, meters);
        node = new NodeHandler(broker, new RuntimeInfo(broker, meters));
        connections = new ConnectionsHandler(consumers, clients.producers());
        relay = new ClientRelay(broker, consumers);
        offsets = new OffsetAdmin(broker, consumers);
        assignments = new Assignments(broker.group().name(), consumers, name -> {
            Topic topic = broker.state().topics().find(name);
            return topic == null ? -1 : topic.config().readQueues();
        });
    }

    /** Registers the handlers; on the group's loop, once. */
    public static void register(Handlers handlers, GroupBroker broker, OnlineClients clients) {
        AdminHandlers all = new AdminHandlers(broker, clients);
        for (int code : CODES) {
            handlers.register(code, all);
        }
    }

    /** A switch rather than a handler object for each code: a node makes this table at every start. */
    @Override
    public void handle(RpcRequest request) {
        switch (request.code()) {
            case RequestCode.UPDATE_AND_CREATE_TOPIC -> topics.put(request);
            case RequestCode.UPDATE_AND_CREATE_TOPIC_LIST -> topics.putAll(request);
            case RequestCode.DELETE_TOPIC_IN_BROKER -> topics.delete(request);
            case RequestCode.GET_ALL_TOPIC_CONFIG -> topics.all(request);
            case RequestCode.GET_TOPIC_CONFIG -> topics.one(request);
            case RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER -> topics.systemTopics(request);
            case RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP -> groups.put(request);
            case RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST -> groups.putAll(request);
            case RequestCode.DELETE_SUBSCRIPTIONGROUP -> groups.delete(request);
            case RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG -> groups.all(request);
            case RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG -> groups.one(request);
            case RequestCode.GET_TOPIC_STATS_INFO -> stats.topicStats(request);
            case RequestCode.QUERY_TOPIC_CONSUME_BY_WHO -> stats.groupsOf(request);
            case RequestCode.QUERY_TOPICS_BY_CONSUMER -> stats.topicsOf(request);
            case RequestCode.QUERY_CONSUME_TIME_SPAN -> stats.timeSpan(request);
            case RequestCode.VIEW_BROKER_STATS_DATA -> stats.stats(request);
            case RequestCode.QUERY_CONSUME_QUEUE -> stats.queueUnits(request);
            case RequestCode.GET_CONSUME_STATS -> consumeStats.ofGroup(request);
            case RequestCode.GET_BROKER_CONSUME_STATS -> consumeStats.ofBroker(request);
            default -> handleRest(request);
        }
    }

    private void handleRest(RpcRequest request) {
        switch (request.code()) {
            case RequestCode.GET_CONSUMER_CONNECTION_LIST -> connections.consumerConnections(request);
            case RequestCode.GET_PRODUCER_CONNECTION_LIST -> connections.producerConnections(request);
            case RequestCode.GET_ALL_PRODUCER_INFO -> connections.allProducers(request);
            case RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER -> connections.subscription(request);
            case RequestCode.GET_CONSUMER_RUNNING_INFO -> relay.runningInfo(request);
            case RequestCode.CONSUME_MESSAGE_DIRECTLY -> relay.consumeDirectly(request);
            case RequestCode.INVOKE_BROKER_TO_RESET_OFFSET -> offsets.reset(request);
            case RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS -> offsets.clientStatus(request);
            case RequestCode.CLONE_GROUP_OFFSET -> offsets.copy(request);
            case RequestCode.QUERY_ASSIGNMENT -> assignments.queryAssignment(request);
            case RequestCode.SET_MESSAGE_REQUEST_MODE -> assignments.setMode(request);
            case RequestCode.GET_ALL_MESSAGE_REQUEST_MODE -> assignments.allModes(request);
            case RequestCode.UPDATE_BROKER_CONFIG -> node.updateConfig(request);
            case RequestCode.GET_BROKER_CONFIG -> node.config(request);
            case RequestCode.GET_BROKER_RUNTIME_INFO -> node.runtimeInfo(request);
            case RequestCode.GET_BROKER_HA_STATUS -> node.haStatus(request);
            case RequestCode.GET_ALL_CONSUMER_OFFSET -> node.allConsumerOffsets(request);
            case RequestCode.GET_ALL_DELAY_OFFSET -> node.allDelayOffsets(request);
            // Nothing to do: queues and the log are cleaned by retention, which the leader decides for all.
            case RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE,
                    RequestCode.CLEAN_UNUSED_TOPIC,
                    RequestCode.DELETE_EXPIRED_COMMITLOG -> request.reply(ResponseCode.SUCCESS, null);
            default -> throw new IllegalStateException("registered for a code that is not served: " + request.code());
        }
    }
}
