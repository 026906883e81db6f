package io.vledger.access.rights;

import static io.vledger.access.rights.Action.CREATE;
import static io.vledger.access.rights.Action.DELETE;
import static io.vledger.access.rights.Action.GET;
import static io.vledger.access.rights.Action.PUB;
import static io.vledger.access.rights.Action.SUB;
import static io.vledger.access.rights.Action.UPDATE;
import static io.vledger.protocol.RequestCode.*;

import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.vledger.api.rpc.RpcRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The right that each request code needs, for one cluster: RocketMQ 5.5.0's, and more where that asks for none though the request
 * changes something. The list in the module's README comes from here.
 */
public final class RequestRights {
    /** A list of names in one field. */
    private static final String NAMES = ";";

    private static final Set<Action> PUBLISH = Set.of(PUB);
    private static final Set<Action> CONSUME = Set.of(SUB);

    private static final Right NOTHING = new Right("none beyond a signature", (request, needs) -> {});

    private final Map<Integer, Right> rights = new TreeMap<>();
    /** The same, for a look-up with each request. */
    private final IntObjectMap<Right> byCode = new IntObjectHashMap<>();

    private final Set<Action> clusterUpdate = Set.of(UPDATE);
    private final String cluster;

    /** The table of a cluster. */
    public RequestRights(String cluster) {
        this.cluster = cluster;
        addMessages();
        addConsumers();
        addTopicsAndGroups();
        addFigures();
        addCluster();
        addUsers();
        addOfOthers();
    }

    private void addMessages() {
        add(send("topic", "group"), SEND_MESSAGE);
        add(send("b", "a"), SEND_MESSAGE_V2, SEND_BATCH_MESSAGE);
        add(on("topic Pub", Set.of(PUB), "topic:topic"), RECALL_MESSAGE);
        add(on("topic Pub, if it names one", Set.of(PUB), "topic:topic?"), END_TRANSACTION);
        add(on("topic Sub or Get", Set.of(SUB, GET), "topic:topic"), QUERY_MESSAGE);
        add(messageById(), VIEW_MESSAGE_BY_ID);
        add(NOTHING, SEND_REPLY_MESSAGE, SEND_REPLY_MESSAGE_V2);
    }

    private void addConsumers() {
        add(
                on("topic and group Sub", Set.of(SUB), "topic:topic", "group:consumerGroup"),
                PULL_MESSAGE,
                LITE_PULL_MESSAGE,
                PEEK_MESSAGE);
        add(
                on("group and topic Sub", Set.of(SUB), "group:consumerGroup", "topic:topic"),
                POP_MESSAGE,
                ACK_MESSAGE,
                CHANGE_MESSAGE_INVISIBLETIME,
                NOTIFICATION,
                CONSUME_MESSAGE_DIRECTLY);
        add(new Right("topics and groups Sub", BodyNeeds::acknowledgements), BATCH_ACK_MESSAGE);
        add(new Right("topics and groups Sub", BodyNeeds::heartbeat), HEART_BEAT);
        add(new Right("topics and groups Sub", BodyNeeds::locks), LOCK_BATCH_MQ, UNLOCK_BATCH_MQ);
        add(on("group Sub, if it names one", Set.of(SUB), "group:consumerGroup?"), UNREGISTER_CLIENT);
        add(on("group Sub", Set.of(SUB), "group:group"), CONSUMER_SEND_MSG_BACK);
        add(on("group Sub or Get", Set.of(SUB, GET), "group:consumerGroup"), GET_CONSUMER_LIST_BY_GROUP);
        add(
                on("topic and group Sub or Get", Set.of(SUB, GET), "topic:topic", "group:consumerGroup"),
                QUERY_CONSUMER_OFFSET);
        add(
                on("topic and group Sub or Update", Set.of(SUB, UPDATE), "topic:topic", "group:consumerGroup"),
                UPDATE_CONSUMER_OFFSET);
        add(NOTHING, CHECK_CLIENT_CONFIG, QUERY_ASSIGNMENT, GET_ALL_MESSAGE_REQUEST_MODE);
    }

    private void addTopicsAndGroups() {
        add(on("topic Create", Set.of(CREATE), "topic:topic"), UPDATE_AND_CREATE_TOPIC);
        add(new Right("topics Create", BodyNeeds::topics), UPDATE_AND_CREATE_TOPIC_LIST);
        add(on("topic Delete", Set.of(DELETE), "topic:topic"), DELETE_TOPIC_IN_BROKER);
        add(new Right("group Create", BodyNeeds::group), UPDATE_AND_CREATE_SUBSCRIPTIONGROUP);
        add(new Right("groups Create", BodyNeeds::groups), UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST);
        add(on("group Delete", Set.of(DELETE), "group:groupName"), DELETE_SUBSCRIPTIONGROUP);
        add(
                on("group and topic Update", Set.of(UPDATE), "group:group", "topic:topic"),
                INVOKE_BROKER_TO_RESET_OFFSET,
                UPDATE_AND_GET_GROUP_FORBIDDEN);
        add(on("group and topic Update", Set.of(UPDATE), "group:destGroup", "topic:topic?"), CLONE_GROUP_OFFSET);
        add(new Right("topic and group Update", BodyNeeds::requestMode), SET_MESSAGE_REQUEST_MODE);
        add(on("topic Update", Set.of(UPDATE), "topic:topic?"), RESUME_CHECK_HALF_MESSAGE);
        add(NOTHING, GET_ALL_TOPIC_CONFIG, GET_ALL_SUBSCRIPTIONGROUP_CONFIG, GET_SYSTEM_TOPIC_LIST_FROM_BROKER);
    }

    private void addFigures() {
        add(
                on("topic Get", Set.of(GET), "topic:topic"),
                SEARCH_OFFSET_BY_TIMESTAMP,
                GET_MAX_OFFSET,
                GET_MIN_OFFSET,
                GET_EARLIEST_MSG_STORETIME,
                GET_TOPIC_STATS_INFO,
                QUERY_TOPIC_CONSUME_BY_WHO,
                GET_TOPIC_CONFIG,
                CHECK_ROCKSDB_CQ_WRITE_PROGRESS);
        add(
                on("group Get", Set.of(GET), "group:consumerGroup"),
                GET_CONSUMER_CONNECTION_LIST,
                GET_CONSUMER_RUNNING_INFO);
        add(on("group Get", Set.of(GET), "group:group"), QUERY_TOPICS_BY_CONSUMER, GET_SUBSCRIPTIONGROUP_CONFIG);
        add(
                on("topics and group Get", Set.of(GET), "group:consumerGroup", "topic:topic?", "topics:topicList?"),
                GET_CONSUME_STATS);
        add(
                on("topic and group Get", Set.of(GET), "topic:topic", "group:group?"),
                INVOKE_BROKER_TO_GET_CONSUMER_STATUS,
                QUERY_CONSUME_TIME_SPAN);
        add(on("group and topic Get", Set.of(GET), "group:group?", "topic:topic"), QUERY_SUBSCRIPTION_BY_CONSUMER);
        add(on("group and topic Get", Set.of(GET), "group:consumerGroup?", "topic:topic"), POLLING_INFO);
        add(
                on("groups and topic Get", Set.of(GET), "group:compareGroup?", "topic:topic", "groups:filterGroups?"),
                QUERY_CORRECTION_OFFSET);
        add(on("topic and group Get", Set.of(GET), "topic:topic", "group:consumerGroup?"), QUERY_CONSUME_QUEUE);
        add(
                NOTHING,
                GET_BROKER_CONFIG,
                GET_BROKER_RUNTIME_INFO,
                GET_ALL_CONSUMER_OFFSET,
                GET_ALL_DELAY_OFFSET,
                GET_BROKER_HA_STATUS,
                GET_TIMER_CHECK_POINT,
                GET_TIMER_METRICS);
    }

    private void addCluster() {
        add(
                cluster("cluster Get", Set.of(GET)),
                GET_PRODUCER_CONNECTION_LIST,
                GET_ALL_PRODUCER_INFO,
                VIEW_BROKER_STATS_DATA,
                GET_BROKER_CONSUME_STATS,
                EXPORT_ROCKSDB_CONFIG_TO_JSON);
        add(
                cluster("cluster Update", clusterUpdate),
                UPDATE_BROKER_CONFIG,
                CLEAN_EXPIRED_CONSUMEQUEUE,
                CLEAN_UNUSED_TOPIC,
                DELETE_EXPIRED_COMMITLOG,
                CHECK_TRANSACTION_STATE,
                PUSH_REPLY_MESSAGE_TO_CLIENT,
                ADD_BROKER,
                REMOVE_BROKER,
                RESET_MASTER_FLUSH_OFFSET);
        add(NOTHING, UPDATE_AND_CREATE_STATIC_TOPIC, SWITCH_TIMER_ENGINE, POP_ROLLBACK);
        addRange(COLD_DATA_FIRST, COLD_DATA_LAST);
        addRange(GET_BROKER_LITE_INFO, TRIGGER_LITE_DISPATCH);
    }

    /** Requests to name servers and controllers, which no broker serves: refused to those without a right, as by RocketMQ. */
    private void addOfOthers() {
        add(
                cluster("cluster Update", clusterUpdate),
                PUT_KV_CONFIG,
                DELETE_KV_CONFIG,
                REGISTER_BROKER,
                UNREGISTER_BROKER,
                WIPE_WRITE_PERM_OF_BROKER,
                ADD_WRITE_PERM_OF_BROKER,
                DELETE_TOPIC_IN_NAMESRV,
                REGISTER_TOPIC_IN_NAMESRV,
                BROKER_HEARTBEAT,
                NOTIFY_MIN_BROKER_ID_CHANGE,
                EXCHANGE_BROKER_HA_INFO);
        add(on("topic Get", Set.of(GET), "topic:topic"), GET_ROUTEINFO_BY_TOPIC);
        add(on("group Sub", Set.of(SUB), "group:consumerGroup"), NOTIFY_UNSUBSCRIBE_LITE);
        add(
                cluster("cluster Get", Set.of(GET)),
                GET_KV_CONFIG,
                GET_KVLIST_BY_NAMESPACE,
                QUERY_DATA_VERSION,
                GET_BROKER_MEMBER_GROUP);
        Set<Integer> asking = Set.of(1004, 1012);
        Set<Integer> open = Set.of(1005, 1006, 1007, 1009, 1010);
        for (int code = CONTROLLER_FIRST; code <= CONTROLLER_LAST; code++) {
            add(
                    open.contains(code)
                            ? NOTHING
                            : asking.contains(code)
                                    ? cluster("cluster Get", Set.of(GET))
                                    : cluster("cluster Update", clusterUpdate),
                    code);
        }
    }

    private void addUsers() {
        add(
                cluster("cluster Update", clusterUpdate),
                AUTH_CREATE_USER,
                AUTH_UPDATE_USER,
                AUTH_DELETE_USER,
                AUTH_CREATE_ACL,
                AUTH_UPDATE_ACL,
                AUTH_DELETE_ACL,
                UPDATE_AND_CREATE_ACL_CONFIG,
                DELETE_ACL_CONFIG,
                UPDATE_GLOBAL_WHITE_ADDRS_CONFIG,
                GET_BROKER_CLUSTER_ACL_CONFIG);
        add(cluster("cluster Get", Set.of(GET)), AUTH_GET_USER, AUTH_LIST_USER, AUTH_GET_ACL, AUTH_LIST_ACL);
        add(NOTHING, GET_BROKER_CLUSTER_ACL_INFO);
    }

    private void add(Right right, int... codes) {
        for (int code : codes) {
            if (rights.putIfAbsent(code, right) != null) {
                throw new IllegalStateException("request code " + code + " has a right already");
            }
            byCode.put(code, right);
        }
    }

    /** Codes that are refused to everybody. */
    private void addRange(int first, int last) {
        for (int code = first; code <= last; code++) {
            add(NOTHING, code);
        }
    }

    /** Sends to a topic, or of a consumer to the retry topic of its group: RocketMQ looks at the group that is named alone. */
    private static Right send(String topicField, String groupField) {
        return new Right("topic Pub; a retry topic's group Sub", (request, needs) -> {
            String topic = name(request, topicField);
            Need pub = Need.topic(topic, PUBLISH);
            if (pub.kind() == ResourceKind.TOPIC) {
                needs.add(pub);
                return;
            }
            String group = name(request, groupField);
            needs.add(Need.group(topic, CONSUME));
            if (!group.isBlank()) {
                needs.add(Need.group(group, CONSUME));
            }
        });
    }

    /** Clients before 5.x name no topic; those that may ask about the whole cluster may then. */
    private Right messageById() {
        return new Right("topic Get, or cluster Get if it names none", (request, needs) -> {
            String topic = name(request, "topic");
            needs.add(topic.isEmpty() ? clusterNeed(Set.of(GET)) : Need.topic(topic, Set.of(GET)));
        });
    }

    private Right cluster(String words, Set<Action> actions) {
        Need need = clusterNeed(actions);
        return new Right(words, (request, needs) -> needs.add(need));
    }

    private Need clusterNeed(Set<Action> actions) {
        return new Need(ResourceKind.CLUSTER, cluster, actions);
    }

    /**
     * Needs one of some actions on what fields name.
     *
     * @param fields each {@code topic:} or {@code group:} and a field, or {@code topics:} or {@code groups:} and a field with a list of
     *     names; a question mark at the end for one that may be absent
     */
    private static Right on(String words, Set<Action> actions, String... fields) {
        List<Part> parts = new ArrayList<>();
        for (String field : fields) {
            String kind = field.substring(0, field.indexOf(':'));
            boolean optional = field.endsWith("?");
            String key = field.substring(kind.length() + 1, field.length() - (optional ? 1 : 0));
            parts.add(new Part(key, kind.startsWith("topic"), kind.endsWith("s"), optional));
        }
        return new Right(words, (request, needs) -> parts.forEach(part -> part.find(request, actions, needs)));
    }

    private record Part(String field, boolean topic, boolean several, boolean optional) {
        void find(RpcRequest request, Set<Action> actions, List<Need> needs) {
            String text = name(request, field);
            if (optional && text.isBlank()) {
                return;
            }
            for (String name :
                    several ? List.of(text.split(field.equals("filterGroups") ? "," : NAMES)) : List.of(text)) {
                needs.add(topic ? Need.topic(name, actions) : Need.group(name, actions));
            }
        }
    }

    private static String name(RpcRequest request, String field) {
        String text = request.fields().text(field);
        return text == null ? "" : text;
    }

    /** The right of a code; one that is not in the table needs none, and has no handler. */
    public Right of(int code) {
        Right right = byCode.get(code);
        return right == null ? NOTHING : right;
    }

    /** All rights, by code. A view. */
    public Map<Integer, Right> all() {
        return Collections.unmodifiableMap(rights);
    }
}
