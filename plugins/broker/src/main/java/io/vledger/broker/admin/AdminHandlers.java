package io.vledger.broker.admin;

import io.vledger.api.rpc.Handlers;
import io.vledger.broker.client.ConsumerRegistry;
import io.vledger.broker.client.OnlineClients;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.state.Topic;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;

/** Puts the handlers of this package to work for one group. */
public final class AdminHandlers {
    private AdminHandlers() {}

    /** Registers the handlers; on the group's loop, once. */
    public static void register(Handlers handlers, GroupBroker broker, OnlineClients clients) {
        ConsumerRegistry consumers = clients.consumers();
        Meters meters = new Meters(broker);
        meters.start();
        registerTopicsAndGroups(handlers, broker);
        registerStatistics(handlers, broker, consumers, meters);
        registerNode(handlers, broker, meters);

        ConnectionsHandler connections = new ConnectionsHandler(consumers, clients.producers());
        handlers.register(RequestCode.GET_CONSUMER_CONNECTION_LIST, connections::consumerConnections);
        handlers.register(RequestCode.GET_PRODUCER_CONNECTION_LIST, connections::producerConnections);
        handlers.register(RequestCode.GET_ALL_PRODUCER_INFO, connections::allProducers);
        handlers.register(RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER, connections::subscription);

        ClientRelay relay = new ClientRelay(broker, consumers);
        handlers.register(RequestCode.GET_CONSUMER_RUNNING_INFO, relay::runningInfo);
        handlers.register(RequestCode.CONSUME_MESSAGE_DIRECTLY, relay::consumeDirectly);

        OffsetAdmin offsets = new OffsetAdmin(broker, consumers);
        handlers.register(RequestCode.INVOKE_BROKER_TO_RESET_OFFSET, offsets::reset);
        handlers.register(RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS, offsets::clientStatus);
        handlers.register(RequestCode.CLONE_GROUP_OFFSET, offsets::copy);

        Assignments assignments = new Assignments(broker.group().name(), consumers, name -> {
            Topic topic = broker.state().topics().find(name);
            return topic == null ? -1 : topic.config().readQueues();
        });
        handlers.register(RequestCode.QUERY_ASSIGNMENT, assignments::queryAssignment);
        handlers.register(RequestCode.SET_MESSAGE_REQUEST_MODE, assignments::setMode);
        handlers.register(RequestCode.GET_ALL_MESSAGE_REQUEST_MODE, assignments::allModes);
    }

    private static void registerTopicsAndGroups(Handlers handlers, GroupBroker broker) {
        TopicHandler topics = new TopicHandler(broker);
        handlers.register(RequestCode.UPDATE_AND_CREATE_TOPIC, topics::put);
        handlers.register(RequestCode.UPDATE_AND_CREATE_TOPIC_LIST, topics::putAll);
        handlers.register(RequestCode.DELETE_TOPIC_IN_BROKER, topics::delete);
        handlers.register(RequestCode.GET_ALL_TOPIC_CONFIG, topics::all);
        handlers.register(RequestCode.GET_TOPIC_CONFIG, topics::one);
        handlers.register(RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER, topics::systemTopics);

        GroupHandler groups = new GroupHandler(broker);
        handlers.register(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, groups::put);
        handlers.register(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, groups::putAll);
        handlers.register(RequestCode.DELETE_SUBSCRIPTIONGROUP, groups::delete);
        handlers.register(RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG, groups::all);
        handlers.register(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, groups::one);
    }

    private static void registerStatistics(
            Handlers handlers, GroupBroker broker, ConsumerRegistry consumers, Meters meters) {
        StatsHandler stats = new StatsHandler(broker, consumers, meters);
        handlers.register(RequestCode.GET_TOPIC_STATS_INFO, stats::topicStats);
        handlers.register(RequestCode.QUERY_TOPIC_CONSUME_BY_WHO, stats::groupsOf);
        handlers.register(RequestCode.QUERY_TOPICS_BY_CONSUMER, stats::topicsOf);
        handlers.register(RequestCode.QUERY_CONSUME_TIME_SPAN, stats::timeSpan);
        handlers.register(RequestCode.VIEW_BROKER_STATS_DATA, stats::stats);
        handlers.register(RequestCode.QUERY_CONSUME_QUEUE, stats::queueUnits);

        ConsumeStatsHandler consumeStats = new ConsumeStatsHandler(broker, consumers, meters);
        handlers.register(RequestCode.GET_CONSUME_STATS, consumeStats::ofGroup);
        handlers.register(RequestCode.GET_BROKER_CONSUME_STATS, consumeStats::ofBroker);
    }

    private static void registerNode(Handlers handlers, GroupBroker broker, Meters meters) {
        NodeHandler node = new NodeHandler(broker, new RuntimeInfo(broker, meters));
        handlers.register(RequestCode.UPDATE_BROKER_CONFIG, node::updateConfig);
        handlers.register(RequestCode.GET_BROKER_CONFIG, node::config);
        handlers.register(RequestCode.GET_BROKER_RUNTIME_INFO, node::runtimeInfo);
        handlers.register(RequestCode.GET_BROKER_HA_STATUS, node::haStatus);
        handlers.register(RequestCode.GET_ALL_CONSUMER_OFFSET, node::allConsumerOffsets);
        handlers.register(RequestCode.GET_ALL_DELAY_OFFSET, node::allDelayOffsets);
        // Nothing to do: queues and the log are cleaned by retention, which the leader decides for all.
        handlers.register(RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE, request -> request.reply(ResponseCode.SUCCESS, null));
        handlers.register(RequestCode.CLEAN_UNUSED_TOPIC, request -> request.reply(ResponseCode.SUCCESS, null));
        handlers.register(RequestCode.DELETE_EXPIRED_COMMITLOG, request -> request.reply(ResponseCode.SUCCESS, null));
    }
}
