package io.vledger.broker.send;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.MessageReader;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.state.Topics;
import io.vledger.protocol.MqVersion;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import org.jspecify.annotations.Nullable;

/**
 * Stores a message again that a consumer could not process, for later or as a dead letter: request code 36. Loop only.
 *
 * <p>The message is read back from the log, gets one more attempt counted, and goes through the schedule topic to the group's
 * retry topic.
 */
public final class SendBackHandler implements RequestHandler {
    private static final int FIRST_RETRY_LEVEL = 3;

    private final Group group;
    private final Topics topics;
    private final MetadataProposals metadata;
    private final MessageReader reader;
    private final SendLimits limits;
    private final SendReplies replies;
    private final byte[] storeHost;
    private final MessageAppender appender;
    private final MessageDraft draft = new MessageDraft();
    private final MessageView view = new MessageView();
    private final ByteBuf properties = Unpooled.buffer(1024);
    private int nextQueue;

    /**
     * A handler of a group.
     *
     * @param storeHost the address that stored messages name as their broker's
     */
    public SendBackHandler(
            Group group,
            BrokerState state,
            MetadataProposals metadata,
            MessageReader reader,
            SendLimits limits,
            SendReplies replies,
            byte[] storeHost) {
        this.group = group;
        this.topics = state.topics();
        this.metadata = metadata;
        this.reader = reader;
        this.limits = limits;
        this.replies = replies;
        this.storeHost = storeHost;
        this.appender = new MessageAppender(group, state.cursors());
    }

    @Override
    public void handle(RpcRequest request) {
        Refusal refusal = group.refusal();
        if (refusal != null) {
            replies.refusals().reply(request, refusal);
            return;
        }
        request.detach(); // it may still have to be served by another member
        Fields fields = request.fields();
        String groupName = fields.requiredText("group");
        SubscriptionGroup consumers = metadata.groupOrCreate(groupName);
        if (consumers == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "subscription group not exist, " + groupName);
        }
        if (!limits.writable()) {
            throw new RequestException(
                    ResponseCode.NO_PERMISSION,
                    "the broker " + limits.broker() + " is configured without write permission");
        }
        if (consumers.retryQueues() <= 0) {
            request.reply(ResponseCode.SUCCESS, null);
            return;
        }
        int max = consumers.retryMaxTimes();
        if (request.version() >= MqVersion.V3_4_9) {
            max = fields.number("maxReconsumeTimes", max);
        }
        GiveBack back =
                new GiveBack(request, consumers, fields.number("delayLevel", 0), max, fields.text("originMsgId"));
        reader.read(fields.requiredLong("offset"), (message, failure) -> {
            if (failure != null) {
                request.reply(ResponseCode.SYSTEM_ERROR, "look message by offset failed: " + failure.getMessage());
            } else {
                found(back, message);
            }
        });
    }

    private void found(GiveBack back, @Nullable ByteBuf message) {
        if (message == null) {
            back.request.reply(ResponseCode.SYSTEM_ERROR, "look message by offset failed: no message starts there");
            return;
        }
        if (view.wrap(message, 0, message.readableBytes()) != null) {
            message.release();
            back.request.reply(ResponseCode.SYSTEM_ERROR, "look message by offset failed: the message is damaged");
            return;
        }
        boolean dead = view.reconsumeTimes() >= back.max || back.delayLevel < 0;
        TopicConfig target = dead
                ? TopicCreation.deadLetter(back.consumers.name())
                : TopicCreation.retry(back.consumers.name(), back.consumers.retryQueues());
        metadata.ensureTopic(target, outcome -> {
            try {
                if (outcome != null) {
                    replies.refusals().reply(back.request, outcome);
                } else {
                    store(back, message, target.name(), dead);
                }
            } finally {
                message.release();
            }
        });
    }

    private void store(GiveBack back, ByteBuf message, String targetName, boolean dead) {
        view.wrap(message, 0, message.readableBytes());
        Topic target = topics.find(targetName);
        Topic stored = dead ? target : topics.find(TopicNames.SCHEDULE);
        if (target == null || stored == null) {
            back.request.reply(ResponseCode.TOPIC_NOT_EXIST, "topic[" + targetName + "] was deleted just now");
            return;
        }
        int queueId = dead ? 0 : ++nextQueue % Math.max(1, target.config().writeQueues());
        int wanted = back.delayLevel > 0 ? back.delayLevel : FIRST_RETRY_LEVEL + view.reconsumeTimes();
        int level = Math.min(wanted, limits.delayLevels());
        writeProperties(back, dead ? 0 : level, targetName, queueId);
        TopicQueue queue = stored.queue(dead ? queueId : level - 1);
        if (queue == null || properties.readableBytes() > MessageView.MAX_PROPERTIES_BYTES) {
            back.request.reply(ResponseCode.MESSAGE_ILLEGAL, "the message cannot be stored again with its properties");
            return;
        }
        draft.queue(queue.id(), view.flag())
                .sysFlag(view.sysFlag())
                .born(view.bornTimestamp(), HostBytes.copy(message, view.bornHostAt(), view.bornHostLength()))
                .stored(replies.nowMs(), storeHost)
                .reconsumeTimes(view.reconsumeTimes() + 1)
                .preparedOffset(0)
                .body(message, view.bodyAt(), view.bodyLength())
                .properties(properties, 0, properties.readableBytes());
        Refusal refusal = appender.append(queue, draft);
        if (refusal != null) {
            replies.refusals().reply(back.request, refusal);
            return;
        }
        String topicAtGroup = view.topic() + "@" + back.consumers.name();
        int bytes = view.totalSize();
        appender.submit(outcome -> {
            if (outcome != null) {
                replies.refusals().reply(back.request, outcome);
            } else {
                replies.traffic().givenBack(topicAtGroup, bytes);
                if (dead) {
                    replies.traffic().deadLetter(topicAtGroup, bytes);
                }
                back.request.reply(ResponseCode.SUCCESS, null);
            }
        });
    }

    private void writeProperties(GiveBack back, int level, String targetName, int queueId) {
        properties.clear();
        MessageProperties.copyWithout(
                properties,
                view.buffer(),
                view.propertiesAt(),
                view.propertiesLength(),
                PropertyNames.DELAY,
                PropertyNames.REAL_TOPIC,
                PropertyNames.REAL_QID);
        if (view.property(PropertyNames.RETRY_TOPIC) == null) {
            MessageProperties.append(properties, PropertyNames.RETRY_TOPIC, view.topic());
        }
        if (view.property(PropertyNames.ORIGIN_MESSAGE_ID) == null) {
            String origin = back.originMessageId == null || back.originMessageId.isEmpty()
                    ? replies.messageIds().at(view.physicalOffset()).toString()
                    : back.originMessageId;
            if (origin.indexOf(MessageProperties.NAME_END) < 0 && origin.indexOf(MessageProperties.VALUE_END) < 0) {
                MessageProperties.append(properties, PropertyNames.ORIGIN_MESSAGE_ID, origin);
            }
        }
        if (level > 0) {
            MessageProperties.append(properties, PropertyNames.DELAY, Integer.toString(level));
            MessageProperties.append(properties, PropertyNames.REAL_TOPIC, targetName);
            MessageProperties.append(properties, PropertyNames.REAL_QID, Integer.toString(queueId));
        }
    }

    /** A give-back request; everything that is needed after the handler returned. */
    private record GiveBack(
            RpcRequest request,
            SubscriptionGroup consumers,
            int delayLevel,
            int max,
            @Nullable String originMessageId) {}
}
