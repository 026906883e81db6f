package io.vledger.broker.send;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.MqVersion;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.protocol.message.SysFlag;
import io.vledger.protocol.message.UniqueKeys;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Stores the messages of producers: request codes 10, 310 and 320. Loop only. */
public final class SendHandler implements RequestHandler {
    private static final byte[] NONE = new byte[0];
    private static final int MAX_TOPIC_BYTES = 255;
    private static final int WRITE_PERMISSION = 2;

    private final GroupBroker broker;
    private final MessageAppender appender;
    private final TopicCreation creation;
    private final SendProperties properties;
    private final UniqueKeys uniqueKeys;
    private final OffsetMessageId messageIds;
    private final byte[] storeHost;
    private final int delayLevels;
    private final Predicate<String> consumingInOrder;
    private final MessageDraft draft = new MessageDraft();
    private final BatchBody batch = new BatchBody();
    private final ByteBuf name = Unpooled.buffer(MAX_TOPIC_BYTES + 1);
    private int nextQueue;

    /**
     * A handler of a group.
     *
     * @param delayLevels number of configured delay levels
     * @param consumingInOrder whether members of a consumer group hold locks of queues now
     */
    public SendHandler(GroupBroker broker, int delayLevels, Predicate<String> consumingInOrder) {
        this.broker = broker;
        this.consumingInOrder = consumingInOrder;
        this.appender = new MessageAppender(broker.group(), broker.state().cursors());
        this.creation =
                new TopicCreation(broker.state().topics(), broker.config().broker());
        this.properties = new SendProperties(broker.state().cluster());
        this.storeHost = HostBytes.of(
                new InetSocketAddress(broker.config().host(), broker.config().port()));
        this.messageIds = new OffsetMessageId(storeHost);
        this.uniqueKeys = new UniqueKeys(
                storeHost,
                broker.clock().getAsLong() * 31 + broker.group().node().hashCode());
        this.delayLevels = delayLevels;
    }

    @Override
    public void handle(RpcRequest request) {
        Refusal refusal = broker.group().refusal();
        if (refusal != null) {
            Refusals.reply(request, refusal, broker);
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
            storeBatch(request, names, topic, queueId);
        } else {
            store(request, names, topic, queueId, null);
        }
    }

    private @Nullable Topic topic(Fields fields, SendFields names) {
        name.clear();
        int length = fields.copyUtf8(names.topic(), name);
        if (length <= 0) {
            fields.requiredText(names.topic());
        }
        if (length > MAX_TOPIC_BYTES) {
            name.clear().capacity(MAX_TOPIC_BYTES + 1);
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER, "a topic of " + length + " bytes; at most " + MAX_TOPIC_BYTES);
        }
        Topic topic = broker.state().topics().find(name, name.readerIndex(), length);
        return topic == null || topic.deleting() ? null : topic;
    }

    private void checkTopic(Topic topic) {
        if (!topic.sendAllowed()) {
            throw new RequestException(
                    ResponseCode.NO_PERMISSION,
                    "the topic " + topic.name() + " belongs to the system; producers may not send to it");
        }
        boolean writable = (broker.config().broker().brokerPermission() & WRITE_PERMISSION) != 0;
        if (!writable && topic.config().order()) {
            throw new RequestException(
                    ResponseCode.NO_PERMISSION,
                    "the broker " + broker.group().name() + " is configured without write permission");
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
                topic, fields.requiredText(names.defaultTopic()), fields.requiredNumber(names.defaultQueues()));
        // A message that will be refused creates no topic.
        checkBody(request.body().readableBytes());
        if (!fields.flag(names.batch(), false)) {
            scanProperties(fields, names);
            refuseUnsupported(SystemNames.retryTopic(topic));
        }
        ensureThenHandle(request, config);
    }

    private void ensureThenHandle(RpcRequest request, TopicConfig config) {
        request.detach();
        broker.metadata().ensureTopic(config, again(request));
    }

    /** Starts over once what the request needed is there; a refusal found then is an answer too. */
    private Completion again(RpcRequest request) {
        return outcome -> {
            if (outcome != null) {
                Refusals.reply(request, outcome, broker);
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
        String groupName = topic.name().substring(SystemNames.RETRY_PREFIX.length());
        SubscriptionGroup group = broker.metadata().groupOrCreate(groupName);
        if (group == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "subscription group not exist, " + groupName);
        }
        int max = group.retryMaxTimes();
        if (request.version() >= MqVersion.V3_4_9) {
            max = fields.number(names.maxReconsumeTimes(), max);
        }
        // Consumers in order try again by themselves: what they send here is past its last attempt, though 4.9.x counts
        // one
        // less than the bound.
        if (fields.number(names.reconsumeTimes(), 0) <= max && !consumingInOrder.test(groupName)) {
            store(request, names, topic, queueId, null);
            return;
        }
        TopicConfig deadLetters = TopicCreation.deadLetter(groupName);
        Topic target = broker.state().topics().find(deadLetters.name());
        if (target == null || target.deleting()) {
            ensureThenHandle(request, deadLetters);
        } else {
            store(request, names, target, 0, topic.name() + "@" + groupName);
        }
    }

    /** Stores one message; {@code deadOf} tells of which topic and group it is a dead letter, which is never delayed. */
    private void store(RpcRequest request, SendFields names, Topic topic, int queueId, @Nullable String deadOf) {
        Fields fields = request.fields();
        ByteBuf body = request.body();
        checkBody(body.readableBytes());
        scanProperties(fields, names);
        refuseUnsupported(deadOf != null || SystemNames.retryTopic(topic.name()));
        long now = broker.clock().getAsLong();
        byte[] newKey = properties.hasUniqueKey() ? NONE : uniqueKeys.next(now).getBytes(StandardCharsets.US_ASCII);
        byte[] key = properties.hasUniqueKey() ? properties.uniqueKey() : newKey;
        Topic target = topic;
        int targetQueue = queueId;
        ByteBuf stored;
        int level = deadOf == null ? Math.min(properties.delayLevel(), delayLevels) : 0;
        Traffic.MessageType type = properties.sharded()
                ? Traffic.MessageType.FIFO
                : level > 0 ? Traffic.MessageType.DELAY : Traffic.MessageType.NORMAL;
        if (level > 0) {
            target = scheduleTopic();
            targetQueue = level - 1;
            stored = properties.storeDelayed(newKey, level, topic.name(), queueId);
        } else {
            stored = properties.store(newKey);
        }
        if (stored.readableBytes() > MessageView.MAX_PROPERTIES_BYTES) {
            throw tooManyProperties(stored.readableBytes());
        }
        fill(request, fields, names, now);
        draft.queue(targetQueue, fields.requiredNumber(names.flag()));
        TopicQueue queue = existing(target, targetQueue);
        Refusal refusal = appender.append(queue, draft, body, stored);
        if (refusal != null) {
            Refusals.reply(request, refusal, broker);
            return;
        }
        long[] position = {appender.position()};
        appender.submit(new PendingSend(
                broker,
                messageIds,
                request,
                topic,
                queueId,
                appender.queueOffset(),
                position,
                key,
                draft.size(body.readableBytes(), target.utf8().length, stored.readableBytes()),
                type,
                deadOf));
    }

    private void scanProperties(Fields fields, SendFields names) {
        ByteBuf given = properties.given();
        if (fields.copyUtf8(names.properties(), given) > MessageView.MAX_PROPERTIES_BYTES) {
            throw tooManyProperties(given.readableBytes());
        }
        properties.scan();
    }

    private void fill(RpcRequest request, Fields fields, SendFields names, long now) {
        draft.sysFlag(fields.requiredNumber(names.sysFlag()) & ~SysFlag.TRANSACTION_MASK)
                .born(
                        fields.requiredLong(names.bornTimestamp()),
                        HostBytes.of(request.connection().remote()))
                .stored(now, storeHost)
                .reconsumeTimes(fields.number(names.reconsumeTimes(), 0))
                .preparedOffset(0);
    }

    /**
     * Refuses what would be stored and then not be done.
     *
     * @param again whether a consumer stores it again: that may be an old broker's message, and is kept
     */
    private void refuseUnsupported(boolean again) {
        if (properties.transaction()) {
            throw new RequestException(
                    ResponseCode.NO_PERMISSION, "transaction messages are not supported by this version of the broker");
        }
        if (properties.timed()) {
            throw new RequestException(
                    ResponseCode.MESSAGE_ILLEGAL,
                    "delivery at an arbitrary time (TIMER_*) is not supported by this version; use a delay level");
        }
        if (properties.expectsReply() && !again) {
            throw new RequestException(
                    ResponseCode.MESSAGE_ILLEGAL,
                    "request-reply is not supported by this version of the broker: the reply could not be delivered,"
                            + " so the request is not stored");
        }
    }

    private void checkBody(int bytes) {
        int bound = broker.config().broker().maxMessageSize();
        if (bytes > bound) {
            throw new RequestException(
                    ResponseCode.MESSAGE_ILLEGAL,
                    "the message is illegal, its body of " + bytes + " bytes is above maxMessageSize " + bound);
        }
    }

    private static RequestException tooManyProperties(int bytes) {
        return new RequestException(
                ResponseCode.MESSAGE_ILLEGAL,
                "the message is illegal, its properties take " + bytes + " bytes, at most "
                        + MessageView.MAX_PROPERTIES_BYTES);
    }

    private Topic scheduleTopic() {
        Topic topic = broker.state().topics().find(SystemNames.SCHEDULE_TOPIC);
        if (topic == null) {
            throw new RequestException(ResponseCode.SYSTEM_ERROR, "there is no topic " + SystemNames.SCHEDULE_TOPIC);
        }
        return topic;
    }

    private static TopicQueue existing(Topic topic, int queueId) {
        TopicQueue queue = topic.queue(queueId);
        if (queue == null) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER, "topic " + topic.name() + " has no queue " + queueId);
        }
        return queue;
    }

    /** Stores each message of a batch by itself, all in one entry and with consecutive queue offsets. */
    private void storeBatch(RpcRequest request, SendFields names, Topic topic, int queueId) {
        ByteBuf body = request.body();
        checkBody(body.readableBytes());
        Fields fields = request.fields();
        fill(request, fields, names, broker.clock().getAsLong());
        fields.requiredNumber(names.flag());
        TopicQueue queue = existing(topic, queueId);
        int count = 0;
        int total = 0;
        for (int at = body.readerIndex(); at < body.writerIndex(); at += batch.size()) {
            batch.read(body, at);
            total += draft.size(batch.bodyLength(), topic.utf8().length, batch.propertiesLength());
            count++;
        }
        if (count == 0) {
            throw new RequestException(ResponseCode.MESSAGE_ILLEGAL, "the batch has no messages");
        }
        Refusal refusal = broker.group().begin(BrokerEntry.MESSAGES, BrokerEntry.VERSION, total);
        if (refusal != null) {
            Refusals.reply(request, refusal, broker);
            return;
        }
        long[] positions = new long[count];
        long first = broker.state().cursors().next(queue);
        int done = 0;
        for (int at = body.readerIndex(); at < body.writerIndex(); at += batch.size()) {
            batch.read(body, at);
            positions[done] = broker.group().bufferPosition();
            draft.queue(queueId, batch.flag())
                    .write(
                            broker.group().buffer(),
                            first + done,
                            positions[done],
                            body,
                            batch.bodyAt(),
                            batch.bodyLength(),
                            topic.utf8(),
                            body,
                            batch.propertiesAt(),
                            batch.propertiesLength());
            done++;
        }
        broker.state().cursors().advance(queue, count);
        broker.group()
                .submit(new PendingSend(
                        broker,
                        messageIds,
                        request,
                        topic,
                        queueId,
                        first,
                        positions,
                        NONE,
                        total,
                        Traffic.MessageType.NORMAL,
                        null));
    }
}
