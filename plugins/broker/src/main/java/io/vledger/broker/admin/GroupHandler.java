package io.vledger.broker.admin;

import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.JsonBody;
import io.vledger.broker.client.NameChecks;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConfigJson;
import io.vledger.broker.state.ForbiddenTopics;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;

/** Creates, changes, deletes and lists consumer groups (200, 225, 207, 201, 352). Loop only. */
final class GroupHandler {
    private static final int MAX_GROUPS_AT_ONCE = 10_000;

    private final BrokerState state;
    private final MetadataProposals metadata;
    private final Refusals refusals;

    /** A handler of a group. */
    public GroupHandler(BrokerState state, MetadataProposals metadata, Refusals refusals) {
        this.state = state;
        this.metadata = metadata;
        this.refusals = refusals;
    }

    /** 200: creates or changes a group. */
    public void put(RpcRequest request) {
        refusals.requireLeader();
        put(request, List.of(JsonBody.read(request, ConfigJson::readGroup)));
    }

    /** 225: creates or changes groups, all in one entry. */
    public void putAll(RpcRequest request) {
        refusals.requireLeader();
        put(request, JsonBody.read(request, json -> {
            List<SubscriptionGroup> list = new ArrayList<>();
            for (Object element : JsonFields.array(json, "groupConfigList")) {
                list.add(ConfigJson.readGroup(JsonFields.asObject(element)));
            }
            return list;
        }));
    }

    private void put(RpcRequest request, List<SubscriptionGroup> groups) {
        if (groups.size() > MAX_GROUPS_AT_ONCE) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    groups.size() + " groups in one request; at most " + MAX_GROUPS_AT_ONCE);
        }
        groups.forEach(group -> NameChecks.checkGroup(group.name()));
        List<SubscriptionGroup> changed = new ArrayList<>(groups);
        changed.removeIf(group -> group.equals(state.groups().find(group.name())));
        if (changed.isEmpty()) {
            request.reply(ResponseCode.SUCCESS, null);
            return;
        }
        metadata.putGroups(changed, refusal -> refusals.replyOutcome(request, refusal));
    }

    /** 207: deletes a group, on request with its offsets. One that does not exist is deleted already. */
    public void delete(RpcRequest request) {
        refusals.requireLeader();
        String name = request.fields().requiredText("groupName");
        boolean cleanOffsets = request.fields().flag("cleanOffset", false);
        boolean known = state.groups().find(name) != null
                || (cleanOffsets && !state.offsets().topicsOf(name).isEmpty());
        if (!known) {
            request.reply(ResponseCode.SUCCESS, null);
            return;
        }
        metadata.deleteGroup(name, cleanOffsets, refusal -> refusals.replyOutcome(request, refusal));
    }

    /** 201: all groups. */
    public void all(RpcRequest request) {
        JsonWriter json = JsonWriter.create().beginObject().key("dataVersion");
        ConfigJson.dataVersion(json, state.term(), state.groups().version());
        json.key("forbiddenTable").beginObject();
        state.part(ForbiddenTopics.class).all().forEach((group, topics) -> {
            json.key(group).beginObject();
            topics.keySet().forEach(topic -> json.field(topic, ForbiddenTopics.READ_BIT));
            json.endObject();
        });
        json.endObject();
        json.key("subscriptionGroupTable").beginObject();
        for (SubscriptionGroup group : state.groups().all()) {
            json.key(group.name());
            ConfigJson.write(json, group);
        }
        request.replyBody(json.endObject().endObject().toBytes());
    }

    /** 353: forbids a topic to a group, or allows it again, where {@code readable} is there; answers what holds then. */
    public void forbidden(RpcRequest request) {
        refusals.requireLeader();
        String group = request.fields().requiredText("group");
        String topic = request.fields().requiredText("topic");
        String readable = request.fields().text("readable");
        if (readable == null) {
            answer(request, group, topic);
            return;
        }
        NameChecks.checkGroup(group);
        NameChecks.checkTopic(topic);
        request.detach();
        metadata.forbid(group, topic, !Boolean.parseBoolean(readable), refusal -> {
            if (refusal == null) {
                answer(request, group, topic);
            } else {
                refusals.reply(request, refusal);
            }
        });
    }

    private void answer(RpcRequest request, String group, String topic) {
        request.replyBody(JsonWriter.create()
                .beginObject()
                .field("group", group)
                .field("readable", !state.part(ForbiddenTopics.class).forbidden(group, topic))
                .field("topic", topic)
                .endObject()
                .toBytes());
    }

    /** 352: one group. */
    public void one(RpcRequest request) {
        String name = request.fields().requiredText("group");
        SubscriptionGroup group = state.groups().find(name);
        if (group == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "No group in this broker. group: " + name);
        }
        JsonWriter json = JsonWriter.create();
        ConfigJson.write(json, group);
        request.replyBody(json.toBytes());
    }
}
