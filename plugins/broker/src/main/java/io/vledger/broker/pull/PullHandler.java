package io.vledger.broker.pull;

import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.filter.FilterCache;
import io.vledger.broker.filter.FilterException;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.filter.TagFilter;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.OffsetResetter;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ForbiddenTopics;
import io.vledger.broker.state.KnownFilters;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.state.Topics;
import io.vledger.protocol.ResponseCode;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks pulls (11, 361): who may read what, with which tags, and how much. {@link PullResponder} answers them. Loop only; see the
 * package.
 */
public final class PullHandler implements RequestHandler {
    private static final int COMMIT_FLAG = 1;
    private static final int SUSPEND_FLAG = 2;
    private static final int SUBSCRIPTION_FLAG = 4;
    private static final int MAX_MESSAGES = 1024;
    private static final int MAX_BYTES = 256 << 10;
    private static final int MIN_BYTES = 100;
    /** Clients give up after 30 s; every pull is answered before. */
    private static final long MAX_SUSPEND_MS = 25_000;

    private final String broker;
    private final BooleanSupplier readable;
    private final Topics topics;
    private final ForbiddenTopics forbidden;
    private final KnownFilters known;
    private final MetadataProposals metadata;
    private final OffsetResetter offsets;
    private final Subscriptions subscriptions;
    private final PullResponder responder;
    private final BooleanSupplier sql;
    private final FilterCache filters = new FilterCache();

    /**
     * A handler of a group.
     *
     * @param broker RocketMQ's broker name, for refusals
     * @param readable whether the broker has read permission
     * @param sql whether subscriptions may select by SQL92
     */
    public PullHandler(
            String broker,
            BooleanSupplier readable,
            BooleanSupplier sql,
            BrokerState state,
            MetadataProposals metadata,
            OffsetResetter offsets,
            Subscriptions subscriptions,
            PullResponder responder) {
        this.broker = broker;
        this.readable = readable;
        this.sql = sql;
        this.topics = state.topics();
        this.forbidden = state.part(ForbiddenTopics.class);
        this.known = state.part(KnownFilters.class);
        this.metadata = metadata;
        this.offsets = offsets;
        this.subscriptions = subscriptions;
        this.responder = responder;
    }

    @Override
    public void handle(RpcRequest request) {
        Fields fields = request.fields();
        if (!readable.getAsBoolean()) {
            forbid(request, 1, "the broker " + broker + " is configured without read permission");
            return;
        }
        String groupName = fields.requiredText("consumerGroup");
        SubscriptionGroup group = metadata.groupOrCreate(groupName);
        if (group == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "subscription group [" + groupName + "] does not exist");
        }
        if (!group.consumeEnable()) {
            forbid(request, 2, "subscription group [" + groupName + "] may not consume");
            return;
        }
        String topicName = fields.requiredText("topic");
        Topic topic = topics.find(topicName);
        if (topic == null) {
            throw new RequestException(ResponseCode.TOPIC_NOT_EXIST, "topic[" + topicName + "] not exist");
        }
        if (!topic.config().readable()) {
            forbid(request, 3, "the topic[" + topicName + "] is without read permission");
            return;
        }
        int queueId = fields.requiredNumber("queueId");
        TopicQueue queue = queueId >= topic.config().readQueues() ? null : topic.queue(queueId);
        if (queue == null) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    "queue " + queueId + " of topic " + topicName + ": there are "
                            + topic.config().readQueues() + " to read");
        }
        pull(request, group, queue);
    }

    private void pull(RpcRequest request, SubscriptionGroup group, TopicQueue queue) {
        Fields fields = request.fields();
        int flags = fields.requiredNumber("sysFlag");
        MessageFilter filter = (flags & SUBSCRIPTION_FLAG) != 0
                ? given(fields)
                : registered(request, group, queue.topic().name());
        if (filter == null) {
            return;
        }
        int maxMessages = Math.max(1, Math.min(MAX_MESSAGES, fields.requiredNumber("maxMsgNums")));
        int wantedBytes = fields.number("maxMsgBytes", MAX_BYTES);
        int maxBytes = Math.max(MIN_BYTES, Math.min(MAX_BYTES, wantedBytes <= 0 ? MAX_BYTES : wantedBytes));
        long requested = fields.requiredLong("queueOffset");
        long suspendMs = Math.min(MAX_SUSPEND_MS, fields.longNumber("suspendTimeoutMillis", 0));
        long committed = fields.longNumber("commitOffset", 0);
        if ((flags & COMMIT_FLAG) != 0 && committed >= 0) {
            offsets.offer(group.name(), queue.topic().name(), queue.id(), committed);
        }
        Pull pull = new Pull(request, group, queue, filter, requested, maxMessages, maxBytes);
        responder.respond(pull, (flags & SUSPEND_FLAG) != 0 ? suspendMs : 0);
    }

    private MessageFilter given(Fields fields) {
        String type = typeOf(fields);
        String expression = fields.text("subscription");
        if (expression == null && type.equals(MessageFilter.TAG)) {
            return TagFilter.ALL;
        }
        MessageFilter filter;
        try {
            filter = filters.parse(type, expression == null ? "" : expression);
        } catch (FilterException wrong) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_PARSE_FAILED,
                    "parse the consumer's subscription failed: " + wrong.getMessage());
        }
        if (filter.readsProperties() && !sql.getAsBoolean()) {
            throw sqlRefused();
        }
        return filter;
    }

    private static String typeOf(Fields fields) {
        String type = fields.text("expressionType");
        return type == null || type.isEmpty() ? MessageFilter.TAG : type;
    }

    private @Nullable MessageFilter registered(RpcRequest request, SubscriptionGroup group, String topic) {
        Subscriptions.Consumers consumers = subscriptions.group(group.name());
        if (consumers == null) {
            MessageFilter recorded = recorded(request, group, topic);
            if (recorded != null) {
                return recorded;
            }
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_NOT_EXIST, "the consumer's group info not exist: " + group.name());
        }
        if (consumers.broadcasting() && !group.consumeBroadcastEnable()) {
            forbid(request, 4, "the consumer group[" + group.name() + "] may not consume by broadcasting");
            return null;
        }
        if (forbidden.forbidden(group.name(), topic)) {
            forbid(request, 5, "the consumer group[" + group.name() + "] is forbidden for topic[" + topic + "]");
            return null;
        }
        Subscriptions.Subscription subscription = consumers.topic(topic);
        if (subscription == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_NOT_EXIST,
                    "the consumer's subscription not exist: " + group.name() + " to " + topic);
        }
        boolean latest = subscription.version() >= request.fields().requiredLong("subVersion");
        if (!latest && !mayReceiveAll(request, subscription)) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_NOT_LATEST,
                    "the consumer's subscription not latest: " + group.name() + " to " + topic);
        }
        return latest ? usable(subscription, group, topic) : TagFilter.ALL;
    }

    /** What a leader recorded of the group's last heartbeats, where this member has not had one of it yet; null if that does not answer the pull. */
    private @Nullable MessageFilter recorded(RpcRequest request, SubscriptionGroup group, String topic) {
        KnownFilters.Filter filter = known.find(group.name(), topic);
        if (!sql.getAsBoolean()
                || filter == null
                || filter.version() < request.fields().requiredLong("subVersion")
                || forbidden.forbidden(group.name(), topic)) {
            return null;
        }
        try {
            return filters.parse(MessageFilter.SQL92, filter.expression());
        } catch (FilterException wrong) {
            return null; // recorded by an earlier broker or version: the next heartbeat says what to do
        }
    }

    private MessageFilter usable(Subscriptions.Subscription subscription, SubscriptionGroup group, String topic) {
        if (!subscription.tagged() && !sql.getAsBoolean()) {
            throw sqlRefused();
        }
        MessageFilter filter = subscription.filter();
        if (filter == null) {
            throw new RequestException(
                    ResponseCode.FILTER_DATA_NOT_EXIST,
                    "the expression of the subscription of " + group.name() + " to " + topic + " cannot be used: "
                            + subscription.wrong());
        }
        return filter;
    }

    /**
     * Whether a client whose subscription is newer than what was heard of it can be given everything. RocketMQ refuses, and the
     * client, which gives its subscription a new version whenever its queues change, may be silent until its next heartbeat.
     * Messages that were not asked for do no harm where the client picks by tag itself: Java clients do, and where everything was
     * asked for the most recent change can only be to less.
     */
    private static boolean mayReceiveAll(RpcRequest request, Subscriptions.Subscription subscription) {
        return typeOf(request.fields()).equals(MessageFilter.TAG)
                && subscription.tagged()
                && (subscription.filter() == TagFilter.ALL || request.language().equals("JAVA"));
    }

    private static RequestException sqlRefused() {
        return new RequestException(
                ResponseCode.SYSTEM_ERROR, "The broker does not support consumer to filter message by SQL92");
    }

    private static void forbid(RpcRequest request, int forbiddenType, String remark) {
        request.reply(ResponseCode.NO_PERMISSION, remark, sink -> sink.put("forbiddenType", forbiddenType), null);
    }
}
