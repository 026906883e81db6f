package io.vledger.broker.admin;

import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.ConsumerGroup;
import io.vledger.broker.client.ConsumerRegistry;
import io.vledger.broker.client.JsonBody;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.routing.RequestTable;
import io.vledger.broker.routing.RoutingPolicy;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.broker.state.RequestModes;
import io.vledger.broker.state.RequestModes.Mode;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Divides queues among consumers at the broker (400) for clients that do not do it themselves, and serves the mode in which they get
 * messages (401, 402): pulls, or pops. Loop only.
 */
final class AssignmentHandler {
    private static final String AVERAGE = "AVG";
    private static final String BY_CIRCLE = "AVG_BY_CIRCLE";
    private static final String POP = "POP";
    private static final String PULL = "PULL";
    private static final Mode PULLS = new Mode(false, 0);
    /** What a client pops from that shares all queues with the others. */
    private static final int ALL_QUEUES = -1;

    private final BrokerState state;
    private final RequestModes modes;
    private final ConsumerRegistry consumers;
    private final TopicBrokers brokers;
    private final MetadataProposals metadata;
    private final Refusals refusals;
    /** Where none was set. */
    private final Supplier<GroupConfig.Pop> defaults;

    /** A handler of a group. */
    public AssignmentHandler(
            BrokerState state,
            ConsumerRegistry consumers,
            TopicBrokers brokers,
            MetadataProposals metadata,
            Refusals refusals,
            Supplier<GroupConfig.Pop> defaults) {
        this.defaults = defaults;
        this.state = state;
        this.modes = state.part(RequestModes.class);
        this.consumers = consumers;
        this.brokers = brokers;
        this.metadata = metadata;
        this.refusals = refusals;
    }

    /** Adds its requests. */
    public void addTo(RequestTable requests) {
        requests.add(RoutingPolicy.READ, RequestCode.QUERY_ASSIGNMENT, this::queryAssignment);
        requests.add(RoutingPolicy.WRITE, RequestCode.SET_MESSAGE_REQUEST_MODE, this::setMode);
        requests.add(RoutingPolicy.READ, RequestCode.GET_ALL_MESSAGE_REQUEST_MODE, this::allModes);
    }

    private Mode usual() {
        GroupConfig.Pop pop = defaults.get();
        return pop.popByDefault() ? new Mode(true, pop.shareQueues()) : PULLS;
    }

    /** 400: the queues of a topic, of all brokers that have it, that a client is to consume, and how. */
    private void queryAssignment(RpcRequest request) {
        Query query = JsonBody.read(request, Query::read);
        request.detach();
        brokers.find(query.topic(), queues -> answer(request, query, queues));
    }

    private void answer(RpcRequest request, Query query, SortedMap<String, Integer> queues) {
        if (queues.isEmpty()) {
            request.reply(ResponseCode.TOPIC_NOT_EXIST, "the topic " + query.topic() + " does not exist");
            return;
        }
        Mode set = modes.find(query.group(), query.topic());
        // Messages that are pulled are given back to this topic, so that is pulled too.
        boolean retry = query.topic().startsWith(TopicNames.RETRY_PREFIX);
        Mode mode = retry ? PULLS : set == null ? usual() : set;
        JsonWriter json =
                JsonWriter.create().beginObject().key("messageQueueAssignments").beginArray();
        for (Place place : assigned(query, mode, places(queues))) {
            json.beginObject().key("messageQueue").beginObject();
            json.field("brokerName", place.broker()).field("queueId", place.queueId());
            json.field("topic", query.topic()).endObject();
            json.field("mode", mode.pop() ? POP : PULL).endObject();
        }
        request.replyBody(json.endArray().endObject().toBytes());
    }

    /** A queue of a topic, or all of them at one broker. */
    private record Place(String broker, int queueId) {}

    /** In the order in which clients divide queues themselves. */
    private static List<Place> places(SortedMap<String, Integer> queues) {
        List<Place> all = new ArrayList<>();
        queues.forEach((broker, count) -> {
            for (int queueId = 0; queueId < count; queueId++) {
                all.add(new Place(broker, queueId));
            }
        });
        return all;
    }

    private Collection<Place> assigned(Query query, Mode mode, List<Place> places) {
        SortedSet<Integer> own = new TreeSet<>();
        ConsumerGroup group = consumers.group(query.group());
        List<String> clients = group == null ? List.of() : group.clientIds();
        int self = clients.indexOf(query.clientId());
        int queues = places.size();
        if (query.broadcasting()) {
            return places;
        } else if (self >= 0 && !mode.pop()) {
            addShare(own, query, clients.size(), self, queues);
        } else if (self >= 0 && (mode.shareQueues() <= 0 || mode.shareQueues() >= clients.size() - 1)) {
            return places.stream()
                    .map(place -> new Place(place.broker(), ALL_QUEUES))
                    .distinct()
                    .toList();
        } else if (self >= 0 && clients.size() <= queues) {
            // A client shares the queues of as many that come after it.
            for (int i = 0; i <= mode.shareQueues(); i++) {
                addShare(own, query, clients.size(), (self + i) % clients.size(), queues);
            }
        } else if (self >= 0 && queues > 0) {
            own.add(self % queues);
        }
        return own.stream().map(places::get).toList();
    }

    private static void addShare(SortedSet<Integer> own, Query query, int clients, int self, int queues) {
        if (query.strategy().equals(BY_CIRCLE)) {
            for (int place = self; place < queues; place += clients) {
                own.add(place);
            }
            return;
        }
        int share = queues / clients;
        int rest = queues % clients;
        // The first `rest` clients have one queue more.
        int start = self * share + Math.min(self, rest);
        int count = share + (self < rest ? 1 : 0);
        for (int place = start; place < start + count; place++) {
            own.add(place);
        }
    }

    /** 401: sets the mode of a group on a topic. */
    private void setMode(RpcRequest request) {
        refusals.requireLeader();
        Setting setting = JsonBody.read(request, Setting::read);
        String topic = setting.key().topic();
        String group = setting.key().group();
        if (topic.startsWith(TopicNames.RETRY_PREFIX)) {
            throw new RequestException(
                    ResponseCode.NO_PERMISSION,
                    "retry topic is not allowed to set mode: " + topic + " is always pulled");
        }
        if (state.topics().find(topic) == null) {
            throw new RequestException(ResponseCode.TOPIC_NOT_EXIST, "topic[" + topic + "] not exist");
        }
        if (metadata.groupOrCreate(group) == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "subscription group [" + group + "] does not exist");
        }
        request.detach();
        metadata.setMode(setting.key(), setting.mode(), outcome -> {
            refusals.replyOutcome(request, outcome);
            if (outcome == null) {
                consumers.rebalance(group);
            }
        });
    }

    /** 402: the modes that were set. */
    private void allModes(RpcRequest request) {
        JsonWriter json =
                JsonWriter.create().beginObject().key("messageRequestModeMap").beginObject();
        String before = "";
        for (Map.Entry<GroupTopic, Mode> each : modes.all().entrySet()) {
            String topic = each.getKey().topic();
            if (!topic.equals(before)) {
                if (!before.isEmpty()) {
                    json.endObject();
                }
                json.key(topic).beginObject();
                before = topic;
            }
            String group = each.getKey().group();
            json.key(group).beginObject().field("consumerGroup", group);
            json.field("mode", each.getValue().pop() ? POP : PULL);
            json.field("popShareQueueNum", each.getValue().shareQueues()).field("topic", topic);
            json.endObject();
        }
        if (!before.isEmpty()) {
            json.endObject();
        }
        request.replyBody(json.endObject().endObject().toBytes());
    }

    private record Setting(GroupTopic key, Mode mode) {
        static Setting read(Map<?, ?> json) {
            String mode = JsonFields.text(json, "mode", PULL);
            if (!mode.equals(PULL) && !mode.equals(POP)) {
                throw new JsonException("the mode " + mode + " is not known; use " + PULL + " or " + POP);
            }
            GroupTopic key =
                    new GroupTopic(JsonFields.text(json, "consumerGroup", ""), JsonFields.text(json, "topic", ""));
            return new Setting(key, new Mode(mode.equals(POP), JsonFields.number(json, "popShareQueueNum", 0)));
        }
    }

    private record Query(String clientId, String group, boolean broadcasting, String strategy, String topic) {
        static Query read(Map<?, ?> json) {
            String strategy = JsonFields.text(json, "strategyName", AVERAGE);
            if (!strategy.equals(AVERAGE) && !strategy.equals(BY_CIRCLE)) {
                throw new JsonException(
                        "the strategy " + strategy + " is not known; use " + AVERAGE + " or " + BY_CIRCLE);
            }
            String topic = JsonFields.text(json, "topic", "");
            if (topic.isEmpty()) {
                throw new JsonException("topic must be given");
            }
            return new Query(
                    JsonFields.text(json, "clientId", ""),
                    JsonFields.text(json, "consumerGroup", ""),
                    "BROADCASTING".equals(JsonFields.text(json, "messageModel", "CLUSTERING")),
                    strategy,
                    topic);
        }
    }
}
