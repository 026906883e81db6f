package io.vledger.broker.config;

import io.vledger.api.plugin.GroupConfig.BrokerSettings;
import io.vledger.api.plugin.GroupConfig.Features;
import io.vledger.api.plugin.GroupConfig.Pop;
import io.vledger.api.plugin.GroupConfig.Retention;
import io.vledger.api.plugin.GroupConfig.Timers;
import io.vledger.api.plugin.GroupConfig.Transactions;
import io.vledger.protocol.Permission;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The settings in force: what tools have set, else what this node's file says. Ask again each time. Changed on the loop; any thread may
 * read.
 */
public final class Settings {
    private final BrokerSettings configured;
    private final Retention configuredRetention;
    private final RuntimeConfig runtime;
    private volatile Values values;

    private record Values(
            boolean autoCreateTopic,
            boolean autoCreateGroup,
            int defaultQueues,
            int maxMessageSize,
            int permission,
            Features features,
            Retention retention,
            Transactions transactions,
            boolean storeReplies,
            Timers timers,
            Pop pop) {}

    /** The settings of a group on this node. Loop only. */
    public Settings(BrokerSettings configured, Retention configuredRetention, RuntimeConfig runtime) {
        this.configured = configured;
        this.configuredRetention = configuredRetention;
        this.runtime = runtime;
        this.values = current();
        runtime.onChange(() -> values = current());
    }

    private Values current() {
        Map<String, String> set = runtime.values();
        return new Values(
                flag(set, RuntimeKeys.AUTO_CREATE_TOPIC, configured.autoCreateTopicEnable()),
                flag(set, RuntimeKeys.AUTO_CREATE_GROUP, configured.autoCreateSubscriptionGroup()),
                number(set, RuntimeKeys.DEFAULT_QUEUES, configured.defaultTopicQueueNums()),
                number(set, RuntimeKeys.MAX_MESSAGE_SIZE, configured.maxMessageSize()),
                number(set, RuntimeKeys.PERMISSION, configured.brokerPermission()),
                features(set, configured.features()),
                new Retention(
                        number(set, RuntimeKeys.RESERVED_HOURS, configuredRetention.hours()),
                        configuredRetention.maxBytes(),
                        hours(set, configuredRetention.deleteWhen()),
                        number(set, RuntimeKeys.MAX_USED, configuredRetention.diskMaxUsedPercent()),
                        number(set, RuntimeKeys.FORCE_USED, configuredRetention.diskForcePercent()),
                        flag(set, RuntimeKeys.FORCED, configuredRetention.forced()),
                        configuredRetention.diskFullPercent(),
                        configuredRetention.originGraceHours()),
                transactions(set, configured.transactions()),
                flag(set, RuntimeKeys.STORE_REPLIES, configured.storeReplyMessageEnable()),
                timers(set, configured.timers()),
                pop(set, configured.pop()));
    }

    private static Features features(Map<String, String> set, Features otherwise) {
        return new Features(
                flag(set, RuntimeKeys.PROPERTY_FILTERS, otherwise.enablePropertyFilter()),
                flag(set, RuntimeKeys.LIGHT_QUEUES, otherwise.enableLmq()),
                flag(set, RuntimeKeys.DISPATCH, otherwise.enableMultiDispatch()),
                number(set, RuntimeKeys.MAX_LIGHT_QUEUES, otherwise.maxLmqConsumeQueueNum()),
                flag(set, RuntimeKeys.MIXED_TYPES, otherwise.enableMixedMessageType()));
    }

    private static Timers timers(Map<String, String> set, Timers otherwise) {
        return new Timers(
                flag(set, RuntimeKeys.TIMERS, otherwise.enabled()),
                number(set, RuntimeKeys.TIMER_MAX_DELAY, otherwise.maxDelaySec()),
                otherwise.precisionMs(),
                number(set, RuntimeKeys.TIMERS_EACH_SLOT, otherwise.maxEachSlot()),
                flag(set, RuntimeKeys.RECALL, otherwise.recall()));
    }

    private static Pop pop(Map<String, String> set, Pop otherwise) {
        String mode = set.get(RuntimeKeys.REQUEST_MODE);
        return new Pop(
                flag(set, RuntimeKeys.SECOND_RETRY_NAME, otherwise.enableRetryTopicV2()),
                mode == null ? otherwise.popByDefault() : mode.equals(RuntimeKeys.POP),
                number(set, RuntimeKeys.SHARE_QUEUES, otherwise.shareQueues()),
                flag(set, RuntimeKeys.BOUND_IN_FLIGHT, otherwise.bounded()),
                number(set, RuntimeKeys.MAX_IN_FLIGHT, otherwise.threshold()));
    }

    private static Transactions transactions(Map<String, String> set, Transactions otherwise) {
        return new Transactions(
                flag(set, RuntimeKeys.REJECT_TRANSACTIONS, otherwise.reject()),
                number(set, RuntimeKeys.TRANSACTION_TIME_OUT, (int) otherwise.timeOutMs()),
                number(set, RuntimeKeys.TRANSACTION_CHECK_MAX, otherwise.checkMax()),
                number(set, RuntimeKeys.TRANSACTION_CHECK_INTERVAL, (int) otherwise.checkIntervalMs()));
    }

    private static boolean flag(Map<String, String> set, String key, boolean otherwise) {
        String value = set.get(key);
        return value == null ? otherwise : Boolean.parseBoolean(value);
    }

    private static int number(Map<String, String> set, String key, int otherwise) {
        String value = set.get(key);
        return value == null ? otherwise : Integer.parseInt(value);
    }

    private static List<Integer> hours(Map<String, String> set, List<Integer> otherwise) {
        String value = set.get(RuntimeKeys.DELETE_WHEN);
        return value == null
                ? otherwise
                : Arrays.stream(value.split(";")).map(Integer::valueOf).toList();
    }

    /** Whether sends to an unknown topic create it from {@code TBW102}. */
    public boolean autoCreateTopicEnable() {
        return values.autoCreateTopic;
    }

    /** Whether unknown consumer groups are created on use. */
    public boolean autoCreateSubscriptionGroup() {
        return values.autoCreateGroup;
    }

    /** Queues of {@code TBW102}. */
    public int defaultTopicQueueNums() {
        return values.defaultQueues;
    }

    /** Most bytes of a message body. */
    public int maxMessageSize() {
        return values.maxMessageSize;
    }

    /** 6 read and write, 4 read only, 2 write only. */
    public int brokerPermission() {
        return values.permission;
    }

    /** Whether producers may send to order topics, and topics are shown as writable. */
    public boolean writable() {
        return (values.permission & Permission.WRITE) != 0;
    }

    /** Whether consumers may pull. */
    public boolean readable() {
        return (values.permission & Permission.READ) != 0;
    }

    /** Whether topics may have the message type {@code MIXED}. */
    public boolean enableMixedMessageType() {
        return values.features.enableMixedMessageType();
    }

    /** Whether subscriptions may select by SQL92. */
    public boolean enablePropertyFilter() {
        return values.features.enablePropertyFilter();
    }

    /** How many light queues there may be; 0 while messages are not put into any. */
    public int maxLightQueues() {
        Features features = values.features;
        return features.enableLmq() && features.enableMultiDispatch() ? features.maxLmqConsumeQueueNum() : 0;
    }

    /** Half messages and their checks. */
    public Transactions transactions() {
        return values.transactions;
    }

    /** Whether replies of request-reply are stored. */
    public boolean storeReplyMessageEnable() {
        return values.storeReplies;
    }

    /** Which times of delivery messages may have. */
    public Timers timers() {
        return values.timers;
    }

    /** Consumption by pops. */
    public Pop pop() {
        return values.pop;
    }

    /** When old files go. */
    public Retention retention() {
        return values.retention;
    }
}
