package io.vledger.broker.admin;

import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.JsonBody;
import io.vledger.broker.client.NameChecks;
import io.vledger.broker.config.Settings;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.pop.PopFeature;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConfigJson;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.protocol.Permission;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Creates, changes, deletes and lists topics (17, 18, 215, 21, 351, 305). Loop only. */
final class TopicHandler {
    private static final int PERMISSION_BITS = Permission.READ_WRITE | Permission.INHERIT | Permission.PRIORITY;
    private static final int MAX_TOPICS_AT_ONCE = 10_000;

    private final BrokerState state;
    private final MetadataProposals metadata;
    private final Refusals refusals;
    private final Settings settings;

    /** A handler of a group. */
    public TopicHandler(BrokerState state, MetadataProposals metadata, Refusals refusals, Settings settings) {
        this.state = state;
        this.metadata = metadata;
        this.refusals = refusals;
        this.settings = settings;
    }

    /** 17: creates or changes a topic; answered when it is committed and name servers show it. */
    public void put(RpcRequest request) {
        refusals.requireLeader();
        String name = NameChecks.topicField(request.fields(), "topic");
        NameChecks.checkTopic(name);
        Topic known = state.topics().find(name);
        TopicConfig config = new TopicConfig(
                name,
                queues(request.fields().requiredNumber("readQueueNums")),
                queues(request.fields().requiredNumber("writeQueueNums")),
                request.fields().requiredNumber("perm"),
                request.fields().flag("order", false),
                request.fields().number("topicSysFlag", 0),
                filterType(request.fields().text("topicFilterType")),
                TopicAttributes.change(
                        known == null || known.deleting()
                                ? null
                                : known.config().attributes(),
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
        String topic = request.fields().text("topic");
        String name = topic == null ? "" : topic.trim();
        if (name.isEmpty()) {
            throw invalid("The specified topic is blank.");
        }
        if (isSystem(name)) {
            throw invalid("The topic[" + name + "] is a system topic and cannot be deleted.");
        }
        // Messages of it that are to be tried again go with it (clearRetryTopicWhenDeleteTopic).
        List<String> names = new ArrayList<>(PopFeature.retryTopicsOf(state, name));
        names.add(name);
        deleteAll(request, names.iterator());
    }

    private void deleteAll(RpcRequest request, Iterator<String> names) {
        metadata.deleteTopic(names.next(), refusal -> {
            if (refusal == null && names.hasNext()) {
                deleteAll(request, names);
            } else {
                refusals.replyOutcome(request, refusal);
            }
        });
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
        TopicAttributes.checkServed(config.attributes(), settings.enableMixedMessageType());
    }

    private boolean isSystem(String name) {
        return SystemNames.systemTopic(name)
                || name.equals(state.cluster())
                || name.equals(state.broker())
                || name.equals(state.cluster() + "_REPLY_TOPIC");
    }

    private static int queues(int count) {
        if (count < 0 || count > TopicConfig.MAX_QUEUES) {
            throw invalid("a number of queues must be 0 to " + TopicConfig.MAX_QUEUES + ", found " + count);
        }
        return count;
    }

    private static String filterType(@Nullable String given) {
        String type = given == null || given.isEmpty() ? "SINGLE_TAG" : given;
        if (!type.equals("SINGLE_TAG") && !type.equals("MULTI_TAG")) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR, "topicFilterType = [" + type + "] value invalid; use SINGLE_TAG");
        }
        return type;
    }

    private static RequestException invalid(String remark) {
        return new RequestException(ResponseCode.INVALID_PARAMETER, remark);
    }
}
