package io.vledger.broker.admin;

import io.vledger.api.group.Group;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.store.GroupStore;
import io.vledger.broker.client.ConsumerRegistry;
import io.vledger.broker.client.ProducerRegistry;
import io.vledger.broker.client.QueueTimes;
import io.vledger.broker.client.StoredMessages;
import io.vledger.broker.config.Settings;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.OffsetCoalescer;
import io.vledger.broker.group.OffsetResetter;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.group.StandbyQueues;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.retention.Retention;
import io.vledger.broker.routing.RequestTable;
import io.vledger.broker.routing.RoutingPolicy;
import io.vledger.broker.state.BrokerState;
import io.vledger.protocol.RequestCode;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** Builds what tools ask of a group's broker, and gives each part what it uses. Loop only. */
public final class AdminParts {
    private final Node node;
    private final Broker broker;
    private final Queues queues;
    private final Clients clients;
    private final LongSupplier clock;
    private final Meters meters;

    /**
     * Where the broker runs.
     *
     * @param links makes a client of an address, on the group's loop
     */
    public record Node(NodeInfo info, GroupConfig config, Function<String, RpcClient> links) {}

    /**
     * What the parts use of a broker.
     *
     * @param settings those in force
     * @param retention deletes old files
     * @param traffic counts committed messages
     */
    public record Broker(
            Group group,
            BrokerState state,
            GroupStore store,
            MetadataProposals metadata,
            Refusals refusals,
            Settings settings,
            Retention retention,
            Traffic traffic) {}

    /**
     * Places in queues.
     *
     * @param offsets those of consumer groups
     * @param resets sets them for tools
     * @param times when messages of a queue were stored
     * @param messages finds single messages
     * @param standby which queues are published under the standby's broker name
     */
    public record Queues(
            OffsetCoalescer offsets,
            OffsetResetter resets,
            QueueTimes times,
            StoredMessages messages,
            StandbyQueues standby) {}

    /** Who is connected. */
    public record Clients(ConsumerRegistry consumers, ProducerRegistry producers) {}

    /**
     * The parts of a broker.
     *
     * @param clock milliseconds since the epoch
     */
    public AdminParts(Node node, Broker broker, Queues queues, Clients clients, LongSupplier clock) {
        this.node = node;
        this.broker = broker;
        this.queues = queues;
        this.clients = clients;
        this.clock = clock;
        meters = new Meters(broker.group, broker.state, broker.traffic, clock);
    }

    /** Begins to count. */
    public void start() {
        meters.start();
    }

    /** Adds the request handlers. */
    public void addTo(RequestTable requests) {
        addTopicsAndGroups(requests);
        addConsumers(requests);
        addStatistics(requests);
        addNode(requests);
    }

    private void addTopicsAndGroups(RequestTable requests) {
        TopicHandler topics = new TopicHandler(broker.state, broker.metadata, broker.refusals, broker.settings);
        requests.add(RoutingPolicy.WRITE, RequestCode.UPDATE_AND_CREATE_TOPIC, topics::put);
        requests.add(RoutingPolicy.WRITE, RequestCode.UPDATE_AND_CREATE_TOPIC_LIST, topics::putAll);
        requests.add(RoutingPolicy.WRITE, RequestCode.DELETE_TOPIC_IN_BROKER, topics::delete);
        requests.add(RoutingPolicy.READ, RequestCode.GET_ALL_TOPIC_CONFIG, topics::all);
        requests.add(RoutingPolicy.READ, RequestCode.GET_TOPIC_CONFIG, topics::one);
        requests.add(RoutingPolicy.READ, RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER, topics::systemTopics);

        GroupHandler groups = new GroupHandler(broker.state, broker.metadata, broker.refusals);
        requests.add(RoutingPolicy.WRITE, RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, groups::put);
        requests.add(RoutingPolicy.WRITE, RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, groups::putAll);
        requests.add(RoutingPolicy.WRITE, RequestCode.DELETE_SUBSCRIPTIONGROUP, groups::delete);
        requests.add(RoutingPolicy.READ, RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG, groups::all);
        requests.add(RoutingPolicy.READ, RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, groups::one);
        requests.add(RoutingPolicy.WRITE, RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN, groups::forbidden);
    }

    /** What consumers have read and how they divide queues, and what tools ask of them through the broker. */
    private void addConsumers(RequestTable requests) {
        OffsetHandler offsets = new OffsetHandler(
                broker.group,
                broker.state,
                clients.consumers,
                queues.resets,
                broker.refusals,
                queues.times,
                broker.traffic);
        requests.add(RoutingPolicy.WRITE, RequestCode.INVOKE_BROKER_TO_RESET_OFFSET, offsets::reset);
        requests.add(RoutingPolicy.WRITE, RequestCode.CLONE_GROUP_OFFSET, offsets::copy);
        requests.add(
                RoutingPolicy.CLIENT_CALL, RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS, offsets::clientStatus);
        requests.add(RoutingPolicy.READ, RequestCode.QUERY_CORRECTION_OFFSET, offsets::correction);

        ClientRelay relay = new ClientRelay(broker.group.name(), clients.consumers, queues.messages);
        requests.add(RoutingPolicy.CLIENT_CALL, RequestCode.GET_CONSUMER_RUNNING_INFO, relay::runningInfo);
        requests.add(RoutingPolicy.CLIENT_CALL, RequestCode.CONSUME_MESSAGE_DIRECTLY, relay::consumeDirectly);

        TopicBrokers brokers = new TopicBrokers(broker.state, node.info.nameServers(), node.links, clock);
        new AssignmentHandler(
                        broker.state,
                        clients.consumers,
                        brokers,
                        broker.metadata,
                        broker.refusals,
                        broker.settings::pop)
                .addTo(requests);

        ConnectionsHandler connections = new ConnectionsHandler(clients.consumers, clients.producers);
        requests.add(RoutingPolicy.READ, RequestCode.GET_CONSUMER_CONNECTION_LIST, connections::consumerConnections);
        requests.add(RoutingPolicy.READ, RequestCode.GET_PRODUCER_CONNECTION_LIST, connections::producerConnections);
        requests.add(RoutingPolicy.READ, RequestCode.GET_ALL_PRODUCER_INFO, connections::allProducers);
        requests.add(RoutingPolicy.READ, RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER, connections::subscription);
    }

    private void addStatistics(RequestTable requests) {
        String address = node.config.clientAddress();
        StatsHandler stats = new StatsHandler(broker.state, clients.consumers, queues.times, meters, address, clock);
        requests.add(RoutingPolicy.READ, RequestCode.GET_TOPIC_STATS_INFO, stats::topicStats);
        requests.add(RoutingPolicy.READ, RequestCode.QUERY_TOPIC_CONSUME_BY_WHO, stats::groupsOf);
        requests.add(RoutingPolicy.READ, RequestCode.QUERY_TOPICS_BY_CONSUMER, stats::topicsOf);
        requests.add(RoutingPolicy.READ, RequestCode.QUERY_CONSUME_TIME_SPAN, stats::timeSpan);
        requests.add(RoutingPolicy.READ, RequestCode.QUERY_CONSUME_QUEUE, stats::queueUnits);
        requests.add(RoutingPolicy.LOCAL, RequestCode.VIEW_BROKER_STATS_DATA, stats::stats);

        ConsumeStatsHandler consumed = new ConsumeStatsHandler(
                broker.group,
                broker.state,
                clients.consumers,
                queues.times,
                meters,
                broker.traffic,
                queues.standby,
                address);
        requests.add(RoutingPolicy.READ, RequestCode.GET_CONSUME_STATS, queues.offsets.settled(consumed::ofGroup));
        requests.add(
                RoutingPolicy.READ, RequestCode.GET_BROKER_CONSUME_STATS, queues.offsets.settled(consumed::ofBroker));
    }

    private void addNode(RequestTable requests) {
        RuntimeInfo runtime = new RuntimeInfo(
                node.info.version(),
                node.config.durability(),
                broker.group,
                broker.state,
                broker.store,
                broker.traffic,
                meters,
                clock);
        NodeHandler member = new NodeHandler(broker.group, broker.state, runtime);
        requests.add(RoutingPolicy.LOCAL, RequestCode.GET_BROKER_RUNTIME_INFO, member::runtimeInfo);
        requests.add(RoutingPolicy.LOCAL, RequestCode.GET_BROKER_HA_STATUS, member::haStatus);
        requests.add(RoutingPolicy.LOCAL, RequestCode.GET_ALL_CONSUMER_OFFSET, member::allConsumerOffsets);
        requests.add(RoutingPolicy.LOCAL, RequestCode.GET_ALL_DELAY_OFFSET, member::allDelayOffsets);
        requests.add(RoutingPolicy.LOCAL, RequestCode.POP_ROLLBACK, member::popRollback);

        ConfigHandler configuration =
                new ConfigHandler(node.info, node.config, broker.state, broker.metadata, broker.refusals);
        requests.add(RoutingPolicy.WRITE, RequestCode.UPDATE_BROKER_CONFIG, configuration::update);
        requests.add(RoutingPolicy.LOCAL, RequestCode.GET_BROKER_CONFIG, configuration::show);

        CleanupHandler cleanup = new CleanupHandler(broker.state, broker.retention, broker.refusals);
        requests.add(RoutingPolicy.LOCAL, RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE, cleanup::cleanExpiredConsumeQueue);
        requests.add(RoutingPolicy.LOCAL, RequestCode.CLEAN_UNUSED_TOPIC, cleanup::cleanUnusedTopic);
        requests.add(
                RoutingPolicy.LOCAL_THEN_LEADER, RequestCode.DELETE_EXPIRED_COMMITLOG, cleanup::deleteExpiredCommitLog);
    }
}
