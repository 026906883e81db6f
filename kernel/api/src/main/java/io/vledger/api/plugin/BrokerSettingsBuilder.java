package io.vledger.api.plugin;

/**
 * Builds {@link GroupConfig.BrokerSettings}. What is not set is as the reference page of the configuration says.
 */
public final class BrokerSettingsBuilder {
    private boolean autoCreateTopicEnable = true;
    private boolean autoCreateSubscriptionGroup = true;
    private int defaultTopicQueueNums = 8;
    private int maxMessageSize = 4 << 20;
    private String messageDelayLevel = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";
    private int brokerPermission = 6;
    private boolean forwarding = true;
    private int standbyQueues = GroupConfig.BrokerSettings.ALL_QUEUES;
    private GroupConfig.VipChannel vipChannel = GroupConfig.VipChannel.AUTO;
    private GroupConfig.Timers timers = GroupConfig.Timers.DEFAULT;
    private GroupConfig.Transactions transactions = GroupConfig.Transactions.DEFAULT;
    private boolean storeReplyMessageEnable = true;
    private GroupConfig.Pop pop = GroupConfig.Pop.DEFAULT;
    private GroupConfig.Features features = GroupConfig.Features.DEFAULT;

    BrokerSettingsBuilder() {}

    /** Sets {@link GroupConfig.BrokerSettings#autoCreateTopicEnable}. */
    public BrokerSettingsBuilder autoCreateTopicEnable(boolean value) {
        autoCreateTopicEnable = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#autoCreateSubscriptionGroup}. */
    public BrokerSettingsBuilder autoCreateSubscriptionGroup(boolean value) {
        autoCreateSubscriptionGroup = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#defaultTopicQueueNums}. */
    public BrokerSettingsBuilder defaultTopicQueueNums(int value) {
        defaultTopicQueueNums = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#maxMessageSize}. */
    public BrokerSettingsBuilder maxMessageSize(int value) {
        maxMessageSize = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#messageDelayLevel}. */
    public BrokerSettingsBuilder messageDelayLevel(String value) {
        messageDelayLevel = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#brokerPermission}. */
    public BrokerSettingsBuilder brokerPermission(int value) {
        brokerPermission = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#forwarding}. */
    public BrokerSettingsBuilder forwarding(boolean value) {
        forwarding = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#standbyQueues}. */
    public BrokerSettingsBuilder standbyQueues(int value) {
        standbyQueues = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#vipChannel}. */
    public BrokerSettingsBuilder vipChannel(GroupConfig.VipChannel value) {
        vipChannel = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#transactions}. */
    public BrokerSettingsBuilder transactions(GroupConfig.Transactions value) {
        transactions = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#features}. */
    public BrokerSettingsBuilder features(GroupConfig.Features value) {
        features = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#timers}. */
    public BrokerSettingsBuilder timers(GroupConfig.Timers value) {
        timers = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#storeReplyMessageEnable}. */
    public BrokerSettingsBuilder storeReplyMessageEnable(boolean value) {
        storeReplyMessageEnable = value;
        return this;
    }

    /** Sets {@link GroupConfig.BrokerSettings#pop}. */
    public BrokerSettingsBuilder pop(GroupConfig.Pop value) {
        pop = value;
        return this;
    }

    /** The record of what was set. */
    public GroupConfig.BrokerSettings build() {
        return new GroupConfig.BrokerSettings(
                autoCreateTopicEnable,
                autoCreateSubscriptionGroup,
                defaultTopicQueueNums,
                maxMessageSize,
                messageDelayLevel,
                brokerPermission,
                forwarding,
                standbyQueues,
                vipChannel,
                transactions,
                timers,
                storeReplyMessageEnable,
                features,
                pop);
    }
}
