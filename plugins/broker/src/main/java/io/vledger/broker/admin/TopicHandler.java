package io.vledger.broker.admin;

import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.JsonBody;
import io.vledger.broker.client.NameChecks;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConfigJson;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.protocol.Permission;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Creates, changes, deletes and lists topics (17, 18, 215, 21, 351, 305). Loop only. */
public final class TopicHandler {
    private static final int PERMISSION_BITS = Permission.READ_WRITE | Permission.INHERIT | Permission.PRIORITY;
    private static final int MAX_TOPICS_AT_ONCE = 10_000;

    private final BrokerState state;
    private final MetadataProposals metadata;
    private final Refusals refusals;

    /** A handler of a group. */
    public TopicHandler(BrokerState state, MetadataProposals metadata, Refusals refusals) {
        this.state = state;
        this.metadata = metadata;
        this.refusals = refusals;
    }

    /** 17: creates or changes a topic; answered when it is committed and name servers show it. */
    public void put(RpcRequest request) {
        refusals.requireLeader();
        String name = request.fields().requiredText("topic");
        Topic known = state.topics().find(name);
        TopicConfig config = new TopicConfig(
                name,
                queues(request.fields().requiredNumber("readQueueNums")),
                queues(request.fields().requiredNumber("writeQueueNums")),
                request.fields().requiredNumber("perm"),
                request.fields().flag("order", false),
                request.fields().number("topicSysFlag", 0),
                textOr(request.fields().text("topicFilterType"), "SINGLE_TAG"),
                attributes(
                        known == null ? Map.of() : known.config().attributes(),
                        request.fields().text("attributes")));
        check(config);
        put(request, List.of(config));
    }

    /** 18: creates or changes topics, all in one entry. */
    public void putAll(RpcRequest request) {
        refusals.requireLeader();
        List<TopicConfig> configs = JsonBody.read(request, json -> {
            List<TopicConfig> list = new ArrayList<>();
            for (Object element : JsonFields.array(json, "topicConfigList")) {
                list.add(ConfigJson.readTopic(JsonFields.asObject(element)));
            }
            return list;
        });
        if (configs.size() > MAX_TOPICS_AT_ONCE) {
            throw invalid(configs.size() + " topics in one request; at most " + MAX_TOPICS_AT_ONCE);
        }
        configs.forEach(this::check);
        put(request, configs);
    }

    private void put(RpcRequest request, List<TopicConfig> configs) {
        List<TopicConfig> changed = new ArrayList<>();
        for (TopicConfig config : configs) {
            Topic known = state.topics().find(config.name());
            if (known == null || known.deleting() || !known.config().equals(config)) {
                changed.add(config);
            }
        }
        if (changed.isEmpty()) {
            request.reply(ResponseCode.SUCCESS, null);
            return;
        }
        metadata.putTopics(changed, refusal -> refusals.replyOutcome(request, refusal));
    }

    /** 215: deletes a topic with its queues and the consumer offsets on it. One that does not exist is deleted already. */
    public void delete(RpcRequest request) {
        refusals.requireLeader();
        String name = request.fields().requiredText("topic").trim();
        if (name.isEmpty() || isSystem(name)) {
            throw invalid("The topic[" + name + "] is a system topic and cannot be deleted.");
        }
        metadata.deleteTopic(name, refusal -> refusals.replyOutcome(request, refusal));
    }

    /** 21: all topics. The answer is always complete; leaving out the total number says so. */
    public void all(RpcRequest request) {
        JsonWriter json = JsonWriter.create().beginObject().key("dataVersion");
        ConfigJson.dataVersion(json, state.term(), state.topics().version());
        json.key("topicConfigTable").beginObject();
        for (Topic topic : state.topics().all()) {
            json.key(topic.name());
            ConfigJson.write(json, topic.config());
        }
        request.replyBody(json.endObject().endObject().toBytes());
    }

    /** 351: one topic. */
    public void one(RpcRequest request) {
        String name = request.fields().requiredText("topic");
        Topic topic = state.topics().find(name);
        if (topic == null) {
            throw new RequestException(ResponseCode.TOPIC_NOT_EXIST, "No topic in this broker. topic: " + name);
        }
        JsonWriter json = JsonWriter.create();
        ConfigJson.write(json, topic.config());
        request.replyBody(json.toBytes());
    }

    /** 305: the topics that belong to the system. */
    public void systemTopics(RpcRequest request) {
        JsonWriter json = JsonWriter.create().beginObject().key("topicList").beginArray();
        for (Topic topic : state.topics().all()) {
            if (isSystem(topic.name())) {
                json.value(topic.name());
            }
        }
        request.replyBody(json.endArray().endObject().toBytes());
    }

    private void check(TopicConfig config) {
        NameChecks.checkTopic(config.name());
        if (isSystem(config.name())) {
            throw invalid("The topic[" + config.name() + "] is conflict with system topic.");
        }
        if ((config.perm() & ~PERMISSION_BITS) != 0) {
            throw invalid("perm " + config.perm() + " is not a set of permissions; use 2, 4 or 6");
        }
        if (!config.filterType().equals("SINGLE_TAG") && !config.filterType().equals("MULTI_TAG")) {
            throw invalid("topicFilterType " + config.filterType() + " is not known; use SINGLE_TAG");
        }
        checkServed(config.attributes(), "queue.type", "SimpleCQ");
        checkServed(config.attributes(), "cleanup.policy", "DELETE");
    }

    /** Refuses an attribute that asks for a way of keeping messages which this broker does not have. */
    private static void checkServed(Map<String, String> attributes, String name, String served) {
        String value = attributes.getOrDefault(name, served);
        if (!value.equals(served)) {
            throw invalid("the attribute " + name + "=" + value + " is not served by this broker; use " + served);
        }
    }

    private boolean isSystem(String name) {
        return SystemNames.systemTopic(name)
                || name.equals(state.cluster())
                || name.equals(state.broker())
                || name.equals(state.cluster() + "_REPLY_TOPIC");
    }

    /** Applies {@code +key=value,-key} to attributes. */
    private static Map<String, String> attributes(Map<String, String> before, @Nullable String changes) {
        if (changes == null || changes.isBlank()) {
            return before;
        }
        Map<String, String> after = new TreeMap<>(before);
        for (String change : changes.split(",")) {
            int equals = change.indexOf('=');
            if (change.startsWith("+") && equals > 1) {
                after.put(change.substring(1, equals), change.substring(equals + 1));
            } else if (change.startsWith("-") && change.length() > 1 && equals < 0) {
                after.remove(change.substring(1));
            } else {
                throw invalid("attribute '" + change + "' must read +key=value or -key");
            }
        }
        try {
            ConfigJson.checkAttributes(after);
        } catch (JsonException e) {
            throw invalid("topic attributes: " + e.getMessage());
        }
        return after;
    }

    private static int queues(int count) {
        if (count < 0 || count > TopicConfig.MAX_QUEUES) {
            throw invalid("a number of queues must be 0 to " + TopicConfig.MAX_QUEUES + ", found " + count);
        }
        return count;
    }

    private static String textOr(@Nullable String text, String otherwise) {
        return text == null || text.isEmpty() ? otherwise : text;
    }

    private static RequestException invalid(String remark) {
        return new RequestException(ResponseCode.INVALID_PARAMETER, remark);
    }
}
