package io.vledger.broker.send;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.NameChecks;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.broker.state.Topics;
import io.vledger.protocol.MqVersion;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes the messages of producers (10, 310, 320): finds or creates the topic, picks the queue, and decides whether a consumer's retry
 * is a dead letter. {@link SendWriter} stores them. Loop only.
 */
public final class SendHandler implements RequestHandler {
    private static final int MAX_TOPIC_BYTES = 255;

    private final Group group;
    private final Topics topics;
    private final MetadataProposals metadata;
    private final TopicCreation creation;
    private final Refusals refusals;
    private final SendLimits limits;
    private final Predicate<String> consumingInOrder;
    private final SendWriter writer;
    private final ByteBuf name = Unpooled.buffer(MAX_TOPIC_BYTES + 1);
    private int nextQueue;

    /**
     * A handler of a group.
     *
     * @param consumingInOrder whether members of a consumer group hold locks of queues now
     */
    public SendHandler(
            Group group,
            Topics topics,
            MetadataProposals metadata,
            TopicCreation creation,
            Refusals refusals,
            SendLimits limits,
            Predicate<String> consumingInOrder,
            SendWriter writer) {
        this.group = group;
        this.topics = topics;
        this.metadata = metadata;
        this.creation = creation;
        this.refusals = refusals;
        this.limits = limits;
        this.consumingInOrder = consumingInOrder;
        this.writer = writer;
    }

    @Override
    public void handle(RpcRequest request) {
        Refusal refusal = group.refusal();
        if (refusal != null) {
            refusals.reply(request, refusal);
            return;
        }
        SendFields names = request.code() == RequestCode.SEND_MESSAGE ? SendFields.LONG : SendFields.SHORT;
        Fields fields = request.fields();
        Topic topic = topic(fields, names);
        if (topic == null) {
            createThenHandle(request, names);
            return;
        }
        checkTopic(topic);
        int queueId = queueId(topic.config(), fields.requiredNumber(names.queueId()));
        if (topic.name().charAt(0) == '%' && SystemNames.retryTopic(topic.name())) {
            handleRetry(request, names, topic, queueId);
        } else if (fields.flag(names.batch(), false)) {
            writer.writeBatch(request, names, topic, queueId);
        } else {
            writer.write(request, names, topic, queueId, null);
        }
    }

    private @Nullable Topic topic(Fields fields, SendFields names) {
        name.clear();
        int length = fields.copyUtf8(names.topic(), name);
        if (length <= 0) {
            NameChecks.topicField(fields, names.topic());
        }
        if (length > MAX_TOPIC_BYTES) {
            name.clear().capacity(MAX_TOPIC_BYTES + 1);
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER, "a topic of " + length + " bytes; at most " + MAX_TOPIC_BYTES);
        }
        Topic topic = topics.find(name, name.readerIndex(), length);
        return topic == null || topic.deleting() ? null : topic;
    }

    private void checkTopic(Topic topic) {
        if (!topic.sendAllowed()) {
            throw new RequestException(
                    ResponseCode.NO_PERMISSION,
                    "the topic " + topic.name() + " belongs to the system; producers may not send to it");
        }
        if (!limits.writable() && topic.config().order()) {
            throw new RequestException(
                    ResponseCode.NO_PERMISSION,
                    "the broker " + limits.broker() + " is configured without write permission");
        }
    }

    private int queueId(TopicConfig config, int wanted) {
        if (wanted < 0) {
            int queues = Math.max(1, config.writeQueues());
            nextQueue = (nextQueue + 1) % queues;
            return nextQueue;
        }
        if (wanted >= Math.max(config.readQueues(), config.writeQueues())) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    "queue " + wanted + " of topic " + config.name() + ": there are " + config.writeQueues()
                            + " to write and " + config.readQueues() + " to read");
        }
        return wanted;
    }

    private void createThenHandle(RpcRequest request, SendFields names) {
        Fields fields = request.fields();
        String topic = fields.requiredText(names.topic());
        TopicConfig config = creation.fromTemplate(
                topic,
                fields.requiredText(names.defaultTopic()),
                fields.requiredNumber(names.defaultQueues()),
                fields.flag(names.unit(), false));
        writer.check(request, names, SystemNames.retryTopic(topic)); // a message that will be refused creates no topic
        ensureThenHandle(request, config);
    }

    private void ensureThenHandle(RpcRequest request, TopicConfig config) {
        request.detach();
        metadata.ensureTopic(config, handleAgain(request));
    }

    /** Starts over once the topic exists; a refusal found then is an answer too. */
    private Completion handleAgain(RpcRequest request) {
        return outcome -> {
            if (outcome != null) {
                refusals.reply(request, outcome);
                return;
            }
            try {
                handle(request);
            } catch (RequestException refused) {
                request.reply(refused.code(), refused.getMessage());
            }
        };
    }

    /** A consumer stores a message for retry by itself: after too many attempts it is a dead letter. */
    private void handleRetry(RpcRequest request, SendFields names, Topic topic, int queueId) {
        Fields fields = request.fields();
        if (fields.flag(names.batch(), false)) {
            throw new RequestException(
                    ResponseCode.MESSAGE_ILLEGAL, "batch request does not support retry group " + topic.name());
        }
        String groupName = topic.name().substring(TopicNames.RETRY_PREFIX.length());
        SubscriptionGroup consumers = metadata.groupOrCreate(groupName);
        if (consumers == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "subscription group not exist, " + groupName);
        }
        int max = consumers.retryMaxTimes();
        if (request.version() >= MqVersion.V3_4_9) {
            max = fields.number(names.maxReconsumeTimes(), max);
        }
        // Consumers in order retry by themselves: what they send here is past its last attempt, though 4.9.x counts one
        // less than the bound.
        if (fields.number(names.reconsumeTimes(), 0) <= max && !consumingInOrder.test(groupName)) {
            writer.write(request, names, topic, queueId, null);
            return;
        }
        TopicConfig deadLetters = TopicCreation.deadLetter(groupName);
        Topic target = topics.find(deadLetters.name());
        if (target == null || target.deleting()) {
            ensureThenHandle(request, deadLetters);
        } else {
            writer.write(request, names, target, 0, topic.name() + "@" + groupName);
        }
    }
}
