package io.vledger.broker.admin;

import io.netty.buffer.Unpooled;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.store.Durability;
import io.vledger.broker.config.RuntimeConfig;
import io.vledger.broker.config.RuntimeKeys;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConfigJson;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.json.JsonWriter;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Shows the configuration and changes what can be changed while the group runs (25, 26). A change is an entry of the log: every member has
 * it. Loop only.
 */
final class ConfigHandler {
    private static final int MAX_BODY_BYTES = 64 << 10;
    private static final int MAX_KEYS_SHOWN = 20;
    private static final int MAX_CHARS_SHOWN = 100;

    private final NodeInfo node;
    private final GroupConfig config;
    private final BrokerState state;
    private final RuntimeConfig runtime;
    private final MetadataProposals metadata;
    private final Refusals refusals;

    /** A handler of a group on a node. */
    public ConfigHandler(
            NodeInfo node, GroupConfig config, BrokerState state, MetadataProposals metadata, Refusals refusals) {
        this.node = node;
        this.config = config;
        this.state = state;
        this.runtime = state.part(RuntimeConfig.class);
        this.metadata = metadata;
        this.refusals = refusals;
    }

    /**
     * 25: sets values for the whole group, all or none; an empty value gives its key back to the members' files. Answered when it is
     * committed, and name servers show what follows from it.
     */
    public void update(RpcRequest request) {
        refusals.requireLeader();
        Map<String, String> given = read(request);
        List<String> fixed = new ArrayList<>();
        given.keySet().stream()
                .filter(key -> !RuntimeKeys.names().contains(key))
                .map(ConfigHandler::shown)
                .forEach(fixed::add);
        if (!fixed.isEmpty()) {
            throw new RequestException(
                    ResponseCode.NO_PERMISSION,
                    fixed.stream().limit(MAX_KEYS_SHOWN).collect(Collectors.joining(", "))
                            + " cannot be changed while the group runs: edit the file of each node and restart it. Nothing was"
                            + " changed. These can be: " + String.join(", ", RuntimeKeys.names()));
        }
        Map<String, String> changed = new TreeMap<>();
        given.forEach((key, value) -> {
            String wanted = RuntimeKeys.fault(key, value);
            if (wanted != null) {
                throw new RequestException(
                        ResponseCode.INVALID_PARAMETER,
                        key + " must be " + wanted + ", not '" + shown(value) + "'. Nothing was changed.");
            }
            if (!value.equals(runtime.values().getOrDefault(key, ""))) {
                changed.put(key, value);
            }
        });
        if (changed.isEmpty()) {
            request.reply(ResponseCode.SUCCESS, null);
            return;
        }
        request.detach(); // it may still have to be served by another member
        metadata.setConfig(changed, refusal -> refusals.replyOutcome(request, refusal));
    }

    private static Map<String, String> read(RpcRequest request) {
        int bytes = request.body().readableBytes();
        if (bytes > MAX_BODY_BYTES) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR, bytes + " bytes of configuration; at most " + MAX_BODY_BYTES);
        }
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(request.body().toString(StandardCharsets.UTF_8)));
        } catch (IOException | IllegalArgumentException unreadable) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR,
                    "the body must be lines of key=value as in broker.conf: " + unreadable.getMessage());
        }
        Map<String, String> values = new TreeMap<>();
        properties
                .stringPropertyNames()
                .forEach(key -> values.put(key, properties.getProperty(key).trim()));
        return values;
    }

    private static String shown(String text) {
        return text.length() > MAX_CHARS_SHOWN ? text.substring(0, MAX_CHARS_SHOWN) + "…" : text;
    }

    /** 26: the configuration in force on this member, under RocketMQ's names. */
    public void show(RpcRequest request) {
        StringBuilder text = new StringBuilder();
        Map<String, String> all = configured();
        all.putAll(runtime.values());
        all.forEach((key, value) ->
                text.append(key).append('=').append(escape(value)).append('\n'));
        JsonWriter version = JsonWriter.create();
        ConfigJson.dataVersion(version, state.term(), runtime.changes());
        JsonWriter topics = JsonWriter.create();
        ConfigJson.dataVersion(topics, state.term(), state.topics().version());
        request.reply(
                ResponseCode.SUCCESS,
                null,
                // By the second one, nodes that found the group by discovery follow its topics.
                fields -> fields.put("version", version.toString()).put("topicsVersion", topics.toString()),
                Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
    }

    /** Keys that {@code exportConfigs} of 4.9 gives up without. */
    private static void addOfOldTools(Map<String, String> map) {
        map.put("filterServerNums", "0");
        map.put("msgTraceTopicName", TopicNames.TRACE);
        map.put("slaveReadEnable", "false");
        map.put("traceOn", "true");
        map.put("traceTopicEnable", "true");
        map.put("useTLS", "false");
    }

    private static String standbyRoute(int queues) {
        return queues == 0
                ? "off"
                : queues == GroupConfig.BrokerSettings.ALL_QUEUES ? "full" : Integer.toString(queues);
    }

    private void addTransactions(Map<String, String> map) {
        GroupConfig.Transactions transactions = config.broker().transactions();
        map.put("rejectTransactionMessage", Boolean.toString(transactions.reject()));
        map.put("transactionTimeOut", Long.toString(transactions.timeOutMs()));
        map.put("transactionCheckMax", Integer.toString(transactions.checkMax()));
        map.put("transactionCheckInterval", Long.toString(transactions.checkIntervalMs()));
        map.put("storeReplyMessageEnable", Boolean.toString(config.broker().storeReplyMessageEnable()));
    }

    private Map<String, String> configured() {
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
        addOfOldTools(map);
        addTransactions(map);
        addFeatures(map);
        return map;
    }

    private void addFeatures(Map<String, String> map) {
        GroupConfig.Features features = config.broker().features();
        map.put("enablePropertyFilter", Boolean.toString(features.enablePropertyFilter()));
        map.put("enableLmq", Boolean.toString(features.enableLmq()));
        map.put("enableMultiDispatch", Boolean.toString(features.enableMultiDispatch()));
        map.put("maxLmqConsumeQueueNum", Integer.toString(features.maxLmqConsumeQueueNum()));
        map.put("enableMixedMessageType", Boolean.toString(features.enableMixedMessageType()));
        GroupConfig.Pop pop = config.broker().pop();
        map.put("enableRetryTopicV2", Boolean.toString(pop.enableRetryTopicV2()));
        map.put("defaultMessageRequestMode", pop.popByDefault() ? "POP" : "PULL");
        map.put("defaultPopShareQueueNum", Integer.toString(pop.shareQueues()));
        map.put("enablePopMessageThreshold", Boolean.toString(pop.bounded()));
        map.put("popInflightMessageThreshold", Integer.toString(pop.threshold()));
        GroupConfig.Timers timers = config.broker().timers();
        map.put("timerWheelEnable", Boolean.toString(timers.enabled()));
        map.put("timerMaxDelaySec", Integer.toString(timers.maxDelaySec()));
        map.put("timerPrecisionMs", Integer.toString(timers.precisionMs()));
        map.put("timerCongestNumEachSlot", Integer.toString(timers.maxEachSlot()));
        map.put("recallMessageEnable", Boolean.toString(timers.recall()));
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
}
