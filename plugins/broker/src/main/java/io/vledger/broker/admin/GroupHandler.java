package io.vledger.broker.admin;

import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.JsonBody;
import io.vledger.broker.client.Names;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.group.Proposals;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.ConfigJson;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;

/** Creates, changes, deletes and lists consumer groups (200, 225, 207, 201, 352). Loop only. */
final class GroupHandler {
    private static final int MAX_GROUPS_AT_ONCE = 10_000;

    private final GroupBroker broker;
    private final Proposals proposals;

    GroupHandler(GroupBroker broker) {
        this.broker = broker;
        this.proposals = new Proposals(broker);
    }

    /** 200: creates or changes a group. */
    void put(RpcRequest request) {
        proposals.mustLead();
        put(request, List.of(JsonBody.read(request, ConfigJson::readGroup)));
    }

    /** 225: creates or changes groups, all in one entry. */
    void putAll(RpcRequest request) {
        proposals.mustLead();
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
        groups.forEach(group -> Names.checkGroup(group.name()));
        List<SubscriptionGroup> changed = new ArrayList<>(groups);
        changed.removeIf(group -> group.equals(broker.state().groups().find(group.name())));
        if (changed.isEmpty()) {
            request.reply(ResponseCode.SUCCESS, null);
            return;
        }
        proposals.proposeAndReply(
                request, BrokerEntry.GROUP_PUT, payload -> changed.forEach(group -> group.write(payload)));
    }

    /** 207: deletes a group, on request with its offsets. One that does not exist is deleted already. */
    void delete(RpcRequest request) {
        proposals.mustLead();
        String name = request.fields().requiredText("groupName");
        boolean cleanOffsets = request.fields().flag("cleanOffset", false);
        boolean known = broker.state().groups().find(name) != null
                || (cleanOffsets && !broker.state().offsets().topicsOf(name).isEmpty());
        if (!known) {
            request.reply(ResponseCode.SUCCESS, null);
            return;
        }
        proposals.proposeAndReply(
                request,
                BrokerEntry.GROUP_DELETE,
                payload -> BrokerEntry.writeGroupDelete(payload, name, cleanOffsets));
    }

    /** 201: all groups. */
    void all(RpcRequest request) {
        JsonWriter json = JsonWriter.create().beginObject().key("dataVersion");
        ConfigJson.dataVersion(
                json, broker.state().term(), broker.state().groups().version());
        json.key("forbiddenTable").beginObject().endObject();
        json.key("subscriptionGroupTable").beginObject();
        for (SubscriptionGroup group : broker.state().groups().all()) {
            json.key(group.name());
            ConfigJson.write(json, group);
        }
        request.replyBody(json.endObject().endObject().toBytes());
    }

    /** 352: one group. */
    void one(RpcRequest request) {
        String name = request.fields().requiredText("group");
        SubscriptionGroup group = broker.state().groups().find(name);
        if (group == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "No group in this broker. group: " + name);
        }
        JsonWriter json = JsonWriter.create();
        ConfigJson.write(json, group);
        request.replyBody(json.toBytes());
    }
}
