package io.vledger.broker.admin;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.store.Durability;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConfigJson;
import io.vledger.broker.state.ConsumerOffsets;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Tells tools about this node: its configuration, its condition, the group's members (25, 26, 28, 43, 45, 907). Loop only. */
public final class NodeHandler {
    private static final int MAX_LEVELS = 64;

    private final NodeInfo node;
    private final GroupConfig config;
    private final Group group;
    private final BrokerState state;
    private final RuntimeInfo runtime;

    /** A handler of a group on a node. */
    public NodeHandler(NodeInfo node, GroupConfig config, Group group, BrokerState state, RuntimeInfo runtime) {
        this.node = node;
        this.config = config;
        this.group = group;
        this.state = state;
        this.runtime = runtime;
    }

    /** 25: refused, since what one node would accept at run time others would not know. */
    public void updateConfig(RpcRequest request) {
        request.reply(
                ResponseCode.NO_PERMISSION,
                "configuration is read from the file of each node when it starts and is not changed at run time;"
                        + " edit the file of node " + group.node() + " and restart it. Nothing was changed: "
                        + request.body().readableBytes() + " bytes were ignored");
    }

    /** 26: the effective configuration, under RocketMQ's names. */
    public void configuration(RpcRequest request) {
        StringBuilder text = new StringBuilder();
        properties()
                .forEach((key, value) ->
                        text.append(key).append('=').append(escape(value)).append('\n'));
        JsonWriter version = JsonWriter.create();
        ConfigJson.dataVersion(version, state.term(), state.topics().version());
        request.reply(
                ResponseCode.SUCCESS,
                null,
                fields -> fields.put("version", version.toString()),
                io.netty.buffer.Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
    }

    private static String standbyRoute(int queues) {
        return queues == 0
                ? "off"
                : queues == GroupConfig.BrokerSettings.ALL_QUEUES ? "full" : Integer.toString(queues);
    }

    private Map<String, String> properties() {
        Map<String, String> map = new TreeMap<>();
        map.put("brokerClusterName", node.cluster());
        map.put("brokerName", config.name());
        map.put("brokerId", state.leads() ? "0" : "1");
        map.put("brokerIP1", config.host());
        map.put("listenPort", Integer.toString(config.port()));
        map.put("namesrvAddr", String.join(";", node.nameServers()));
        map.put("storePathRootDir", config.directory().toString());
        map.put("mappedFileSizeCommitLog", Long.toString(config.segmentBytes()));
        map.put("flushDiskType", config.durability() == Durability.SYNC ? "SYNC_FLUSH" : "ASYNC_FLUSH");
        map.put("fileReservedTime", Integer.toString(config.retention().hours()));
        map.put(
                "deleteWhen",
                config.retention().deleteWhen().stream().map(String::valueOf).collect(Collectors.joining(";")));
        map.put("diskMaxUsedSpaceRatio", Integer.toString(config.retention().diskMaxUsedPercent()));
        map.put(
                "diskSpaceCleanForciblyRatio",
                Integer.toString(config.retention().diskForcePercent()));
        map.put(
                "diskSpaceWarningLevelRatio",
                Integer.toString(config.retention().diskFullPercent()));
        map.put("cleanFileForciblyEnable", Boolean.toString(config.retention().forced()));
        map.put("vledgerOriginGraceHours", Integer.toString(config.retention().originGraceHours()));
        map.put("autoCreateTopicEnable", Boolean.toString(config.broker().autoCreateTopicEnable()));
        map.put("autoCreateSubscriptionGroup", Boolean.toString(config.broker().autoCreateSubscriptionGroup()));
        map.put("defaultTopicQueueNums", Integer.toString(config.broker().defaultTopicQueueNums()));
        map.put("maxMessageSize", Integer.toString(config.broker().maxMessageSize()));
        map.put("messageDelayLevel", config.broker().messageDelayLevel());
        map.put("brokerPermission", Integer.toString(config.broker().brokerPermission()));
        map.put("vledgerForwarding", Boolean.toString(config.broker().forwarding()));
        map.put("vledgerStandbyRoute", standbyRoute(config.broker().standbyQueues()));
        map.put("vledgerVipChannel", config.broker().vipChannel().name().toLowerCase(Locale.ROOT));
        map.put("brokerRole", state.leads() ? "SYNC_MASTER" : "SLAVE");
        map.put("enableDLegerCommitLog", "true");
        map.put("dLegerGroup", config.name());
        map.put("dLegerSelfId", node.id());
        map.put("dLegerPeers", peers(config.peers()));
        GroupConfig.Features features = config.broker().features();
        map.put("enablePropertyFilter", Boolean.toString(features.enablePropertyFilter()));
        map.put("enableLmq", Boolean.toString(features.enableLmq()));
        map.put("enableMultiDispatch", Boolean.toString(features.enableMultiDispatch()));
        map.put("maxLmqConsumeQueueNum", Integer.toString(features.maxLmqConsumeQueueNum()));
        GroupConfig.Pop pop = config.broker().pop();
        map.put("enableRetryTopicV2", Boolean.toString(pop.enableRetryTopicV2()));
        map.put("defaultMessageRequestMode", pop.popByDefault() ? "POP" : "PULL");
        map.put("defaultPopShareQueueNum", Integer.toString(pop.shareQueues()));
        GroupConfig.Timers timers = config.broker().timers();
        map.put("timerWheelEnable", Boolean.toString(timers.enabled()));
        map.put("timerMaxDelaySec", Integer.toString(timers.maxDelaySec()));
        map.put("timerPrecisionMs", Integer.toString(timers.precisionMs()));
        map.put("timerCongestNumEachSlot", Integer.toString(timers.maxEachSlot()));
        map.put("recallMessageEnable", Boolean.toString(timers.recall()));
        return map;
    }

    private static String peers(Map<String, String> peers) {
        StringBuilder text = new StringBuilder();
        peers.forEach((node, address) ->
                text.append(text.isEmpty() ? "" : ";").append(node).append('-').append(address));
        return text.toString();
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    /** 28: the condition of this node as a table of texts. */
    public void runtimeInfo(RpcRequest request) {
        JsonWriter json = JsonWriter.create().beginObject().key("table").beginObject();
        runtime.table().forEach((key, value) -> json.key(key).value(value));
        request.replyBody(json.endObject().endObject().toBytes());
    }

    /** 907: the Raft members as RocketMQ's replicas. Differences count entries where the place in bytes is not known. */
    public void haStatus(RpcRequest request) {
        GroupStatus status = group.status();
        boolean leads = status.role() == GroupRole.LEADER;
        JsonWriter json =
                JsonWriter.create().beginObject().key("haClientRuntimeInfo").beginObject();
        json.field("activated", !leads && status.leader() != null)
                .field("lastReadTimestamp", 0)
                .field("lastWriteTimestamp", 0)
                .field("masterAddr", status.leaderClientAddress())
                .field("masterFlushOffset", 0)
                .field("maxOffset", status.endPosition())
                .field("transferredByteInSecond", 0)
                .endObject();
        json.key("haConnectionInfo").beginArray();
        int inSync = 0;
        for (GroupStatus.Member member : leads ? status.members() : List.<GroupStatus.Member>of()) {
            if (member.node().equals(status.node())) {
                continue;
            }
            boolean current = member.connected() && member.matchIndex() >= status.commitIndex();
            inSync += current ? 1 : 0;
            json.beginObject()
                    .field("addr", member.clientAddress().isEmpty() ? member.raftAddress() : member.clientAddress())
                    .field("diff", Math.max(0, status.lastIndex() - member.matchIndex()))
                    .field("inSync", current)
                    .field("slaveAckOffset", current ? status.endPosition() : 0)
                    .field("transferFromWhere", member.matchIndex())
                    .field("transferredByteInSecond", 0)
                    .endObject();
        }
        json.endArray().field("inSyncSlaveNums", inSync).field("master", leads);
        json.field("masterCommitLogMaxOffset", status.endPosition());
        request.replyBody(json.endObject().toBytes());
    }

    /** 43: all consumer offsets. */
    public void allConsumerOffsets(RpcRequest request) {
        JsonWriter json = JsonWriter.create().beginObject().key("dataVersion");
        ConfigJson.dataVersion(json, state.term(), 0);
        json.key("offsetTable").beginObject();
        for (ConsumerOffsets.GroupTopic key : state.offsets().keys()) {
            json.key(key.topic() + "@" + key.group()).beginObject();
            long[] values = state.offsets().all(key.group(), key.topic());
            for (int queueId = 0; queueId < values.length; queueId++) {
                if (values[queueId] != ConsumerOffsets.NONE) {
                    json.key(queueId).value(values[queueId]);
                }
            }
            json.endObject();
        }
        request.replyBody(json.endObject().endObject().toBytes());
    }

    /** 45: the progress of the delay levels. */
    public void allDelayOffsets(RpcRequest request) {
        JsonWriter json = JsonWriter.create().beginObject().key("dataVersion");
        ConfigJson.dataVersion(json, state.term(), 0);
        json.key("offsetTable").beginObject();
        for (int level = 1; level <= MAX_LEVELS; level++) {
            long next = state.schedule().next(level);
            if (next > 0) {
                json.key(level).value(next);
            }
        }
        request.replyBody(json.endObject().endObject().toBytes());
    }
}
