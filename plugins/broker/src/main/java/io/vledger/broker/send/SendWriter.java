package io.vledger.broker.send;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.LightOffsets;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.QueueCursors;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.state.Topics;
import io.vledger.broker.timer.TimerTimes;
import io.vledger.broker.timer.Timers;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.SysFlag;
import io.vledger.protocol.message.UniqueKeys;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks the messages of a send, encodes them into the open batch, and has the send answered once they are applied. Loop only. */
public final class SendWriter {
    private static final byte[] NONE = {};
    /** Room in the properties of a message that is stored again later, for what is added to them then. */
    private static final int RESERVED_BYTES = 128;

    private final Group group;
    private final Topics topics;
    private final QueueCursors cursors;
    private final SendLimits limits;
    private final Timers timers;
    private final SendReplies replies;
    private final byte[] storeHost;
    private final MessageAppender appender;
    private final SendProperties properties;
    private final UniqueKeys uniqueKeys;
    private final LightWriter lights;
    private final MessageDraft draft = new MessageDraft();
    private final BatchBody batch = new BatchBody();

    /**
     * A writer of a group.
     *
     * @param timers stores what is delivered at another time
     * @param lights stores messages that are in light queues too
     * @param storeHost the address that stored messages name as their broker's; see {@link HostBytes}
     */
    public SendWriter(
            Group group,
            BrokerState state,
            SendLimits limits,
            Timers timers,
            SendReplies replies,
            LightWriter lights,
            byte[] storeHost) {
        this.lights = lights;
        this.group = group;
        this.timers = timers;
        this.topics = state.topics();
        this.cursors = state.cursors();
        this.limits = limits;
        this.replies = replies;
        this.storeHost = storeHost;
        this.appender = new MessageAppender(group, cursors);
        this.properties = new SendProperties(state.cluster());
        this.uniqueKeys =
                new UniqueKeys(storeHost, replies.nowMs() * 31 + group.node().hashCode());
    }

    /**
     * Refuses a send whose message would not be stored.
     *
     * @param retry whether a consumer sends the message to a retry topic
     */
    void check(RpcRequest request, SendFields names, boolean retry) {
        checkBody(request.body().readableBytes());
        Fields fields = request.fields();
        if (!fields.flag(names.batch(), false)) {
            scanProperties(fields, names);
            refuseUnsupported(retry);
            planned(replies.nowMs());
            if (half(fields, names, retry)) {
                refuseHalf();
            }
        }
    }

    /**
     * Stores one message.
     *
     * @param deadLetterSource the topic and group, {@code topic@group}, whose dead letter it is, which is never delayed; null for none
     */
    void write(RpcRequest request, SendFields names, Topic topic, int wantedQueue, @Nullable String deadLetterSource) {
        Fields fields = request.fields();
        ByteBuf body = request.body();
        checkBody(body.readableBytes());
        scanProperties(fields, names);
        boolean retry = deadLetterSource != null || SystemNames.retryTopic(topic.name());
        refuseUnsupported(retry);
        int queueId = deadLetterSource == null ? queueByPriority(topic, wantedQueue) : wantedQueue;
        if (half(fields, names, retry)) {
            writeHalf(request, names, topic, queueId);
            return;
        }
        long now = replies.nowMs();
        TimerTimes.Plan plan = deadLetterSource == null ? planned(now) : null;
        if (plan != null) {
            writeTimed(request, names, topic, queueId, plan, now);
            return;
        }
        int level = deadLetterSource == null ? Math.min(properties.delayLevel(), limits.delayLevels()) : 0;
        if (level <= 0 && !properties.lightQueues().isEmpty() && lights.serves(topic)) {
            writeLight(request, names, topic, queueId);
            return;
        }
        byte[] newKey = newKey(now);
        byte[] key = properties.hasUniqueKey() ? properties.uniqueKey() : newKey;
        Topic target = topic;
        int targetQueue = queueId;
        ByteBuf stored;
        if (level > 0) {
            target = systemTopic(TopicNames.SCHEDULE);
            targetQueue = level - 1;
            stored = properties.storeDelayed(newKey, level, topic.name(), queueId);
        } else {
            stored = properties.store(newKey);
        }
        if (stored.readableBytes() > MessageView.MAX_PROPERTIES_BYTES - (level > 0 ? lightRoom(topic) : 0)) {
            throw tooManyProperties(stored.readableBytes());
        }
        fill(request, fields, names, now);
        draft.queue(targetQueue, fields.requiredNumber(names.flag()))
                .body(body, body.readerIndex(), body.readableBytes())
                .properties(stored, stored.readerIndex(), stored.readableBytes());
        Refusal refusal = appender.append(existing(target, targetQueue), draft);
        if (refusal != null) {
            replies.refusals().reply(request, refusal);
            return;
        }
        appender.submit(new PendingSend(
                        replies,
                        request,
                        topic,
                        queueId,
                        appender.queueOffset(),
                        new long[] {appender.position()},
                        appender.size(),
                        type(level))
                .transactionId(key)
                .deadLetterSource(deadLetterSource));
    }

    /** RocketMQ 5.4: of a message with a priority, that is the queue; those above the last one go there. */
    private int queueByPriority(Topic topic, int wantedQueue) {
        int priority = properties.priority();
        return priority < 0
                ? wantedQueue
                : Math.max(0, Math.min(priority, topic.config().writeQueues() - 1));
    }

    /** Stores a message that is in light queues too. */
    private void writeLight(RpcRequest request, SendFields names, Topic topic, int queueId) {
        List<String> queues = LightOffsets.namesOf(properties.lightQueues());
        LightOffsets.Plan plan = lights.plan();
        String offsets = plan.add(queues);
        Fields fields = request.fields();
        ByteBuf body = request.body();
        long now = replies.nowMs();
        byte[] newKey = newKey(now);
        byte[] key = properties.hasUniqueKey() ? properties.uniqueKey() : newKey;
        ByteBuf stored = properties.storeLight(newKey, offsets);
        if (stored.readableBytes() > MessageView.MAX_PROPERTIES_BYTES) {
            throw tooManyProperties(stored.readableBytes());
        }
        fill(request, fields, names, now);
        draft.topic(topic.utf8())
                .queue(queueId, fields.requiredNumber(names.flag()))
                .body(body, body.readerIndex(), body.readableBytes())
                .properties(stored, stored.readerIndex(), stored.readableBytes());
        TopicQueue queue = existing(topic, queueId);
        int size = draft.size();
        Refusal refusal = lights.begin(LightWriter.bytes(queues, size), plan);
        if (refusal != null) {
            replies.refusals().reply(request, refusal);
            return;
        }
        lights.append(queue, draft, stored, queues, offsets);
        long[] position = {lights.position()};
        PendingSend pending =
                new PendingSend(replies, request, topic, queueId, lights.queueOffset(), position, size, type(0));
        lights.submit(plan, pending.transactionId(key));
    }

    /** Room in the properties of a message that waits, for its queue offsets in light queues; refuses names of none. */
    private int lightRoom(Topic topic) {
        return properties.lightQueues().isEmpty() || !lights.serves(topic)
                ? 0
                : LightOffsets.propertyBytes(
                        LightOffsets.namesOf(properties.lightQueues()).size());
    }

    private byte[] newKey(long now) {
        return properties.hasUniqueKey() ? NONE : uniqueKeys.next(now).getBytes(StandardCharsets.US_ASCII);
    }

    /** When the message is to be delivered; null for at once. A delay level comes first. */
    private TimerTimes.@Nullable Plan planned(long now) {
        return properties.timed() && properties.delayLevel() <= 0 ? timers.plan(properties.wish(), now) : null;
    }

    /** Stores a message among those that wait for their time. */
    private void writeTimed(
            RpcRequest request, SendFields names, Topic topic, int queueId, TimerTimes.Plan plan, long now) {
        Fields fields = request.fields();
        ByteBuf body = request.body();
        byte[] newKey = newKey(now);
        byte[] key = properties.hasUniqueKey() ? properties.uniqueKey() : newKey;
        ByteBuf stored = properties.storeTimed(newKey, plan.outMs(), topic.name(), queueId);
        if (stored.readableBytes() > MessageView.MAX_PROPERTIES_BYTES - RESERVED_BYTES - lightRoom(topic)) {
            throw tooManyProperties(stored.readableBytes());
        }
        fill(request, fields, names, now);
        draft.queue(0, fields.requiredNumber(names.flag()))
                .preparedOffset(timers.code(plan, now))
                .body(body, body.readerIndex(), body.readableBytes())
                .properties(stored, stored.readerIndex(), stored.readableBytes());
        Refusal refusal = appender.append(timers.queue(), draft);
        if (refusal != null) {
            replies.refusals().reply(request, refusal);
            return;
        }
        PendingSend pending = new PendingSend(
                        replies,
                        request,
                        topic,
                        queueId,
                        appender.queueOffset(),
                        new long[] {appender.position()},
                        appender.size(),
                        type(1))
                .transactionId(key);
        if (!plan.recall() && !SystemNames.retryTopic(topic.name())) {
            pending.recallHandle(
                    Timers.handle(limits.broker(), topic.name(), plan, new String(key, StandardCharsets.US_ASCII)));
        }
        appender.submit(pending);
    }

    /** Stores a message that is delivered when its producer says so; a delay that it asks for begins then. */
    private void writeHalf(RpcRequest request, SendFields names, Topic topic, int queueId) {
        refuseHalf();
        planned(replies.nowMs());
        Fields fields = request.fields();
        ByteBuf body = request.body();
        long now = replies.nowMs();
        byte[] newKey = newKey(now);
        byte[] key = properties.hasUniqueKey() ? properties.uniqueKey() : newKey;
        ByteBuf stored = properties.storeHalf(newKey, key, topic.name(), queueId);
        if (stored.readableBytes() > MessageView.MAX_PROPERTIES_BYTES - RESERVED_BYTES - lightRoom(topic)) {
            throw tooManyProperties(stored.readableBytes());
        }
        Topic halfTopic = systemTopic(TopicNames.HALF);
        fill(request, fields, names, now);
        draft.queue(0, fields.requiredNumber(names.flag()))
                .body(body, body.readerIndex(), body.readableBytes())
                .properties(stored, stored.readerIndex(), stored.readableBytes());
        Refusal refusal = appender.append(existing(halfTopic, 0), draft);
        if (refusal != null) {
            replies.refusals().reply(request, refusal);
            return;
        }
        appender.submit(new PendingSend(
                        replies,
                        request,
                        halfTopic,
                        queueId,
                        appender.queueOffset(),
                        new long[] {appender.position()},
                        appender.size(),
                        Traffic.MessageType.TRANSACTION)
                .transactionId(key));
    }

    /** Whether a message is the half message of a transaction; clients before 4.6.1 leave the mark on messages that they retry. */
    private boolean half(Fields fields, SendFields names, boolean retry) {
        return properties.transaction()
                && !retry
                && !(properties.delayLevel() > 0 && fields.number(names.reconsumeTimes(), 0) > 0);
    }

    private void refuseHalf() {
        if (!limits.transactions()) {
            throw new RequestException(
                    ResponseCode.NO_PERMISSION,
                    "the broker[" + limits.broker() + "] sending transaction message is forbidden");
        }
        if (!limits.roomForHalf().getAsBoolean()) {
            throw new RequestException(
                    ResponseCode.SYSTEM_BUSY,
                    "[REJECTREQUEST]system busy: too many half messages wait for their producers' decisions");
        }
    }

    private Traffic.MessageType type(int delayLevel) {
        if (properties.sharded()) {
            return Traffic.MessageType.FIFO;
        }
        return delayLevel > 0 ? Traffic.MessageType.DELAY : Traffic.MessageType.NORMAL;
    }

    /** Stores each message of a batch by itself, all in one entry and with consecutive queue offsets. */
    void writeBatch(RpcRequest request, SendFields names, Topic topic, int queueId) {
        ByteBuf body = request.body();
        checkBody(body.readableBytes());
        Fields fields = request.fields();
        fill(request, fields, names, replies.nowMs());
        fields.requiredNumber(names.flag());
        TopicQueue queue = existing(topic, queueId);
        boolean light = false;
        int count = 0;
        int total = 0;
        for (int at = body.readerIndex(); at < body.writerIndex(); at += batch.size()) {
            batch.read(body, at);
            light = light || (lights.serves(topic) && !batch.lightQueues(body).isEmpty());
            total += draft.size(batch.bodyLength(), topic.utf8().length, batch.propertiesLength());
            count++;
        }
        if (count == 0) {
            throw new RequestException(ResponseCode.MESSAGE_ILLEGAL, "the batch has no messages");
        }
        byte[] batchKey = NONE;
        if (topic.config().innerBatches()) {
            scanProperties(fields, names);
            batchKey = properties.hasUniqueKey() ? properties.uniqueKey() : NONE;
        }
        draft.topic(topic.utf8());
        if (light) {
            new LightBatch(lights, draft, queue, batch, body).write(count, replies, request, batchKey);
            return;
        }
        Refusal refusal = group.begin(BrokerEntry.MESSAGES, BrokerEntry.VERSION, total);
        if (refusal != null) {
            replies.refusals().reply(request, refusal);
            return;
        }
        long[] positions = new long[count];
        long first = cursors.next(queue);
        int done = 0;
        for (int at = body.readerIndex(); at < body.writerIndex(); at += batch.size()) {
            batch.read(body, at);
            positions[done] = group.bufferPosition();
            draft.queue(queueId, batch.flag())
                    .body(body, batch.bodyAt(), batch.bodyLength())
                    .properties(body, batch.propertiesAt(), batch.propertiesLength())
                    .write(group.buffer(), first + done, positions[done]);
            done++;
        }
        cursors.advance(queue, count);
        group.submit(
                new PendingSend(replies, request, topic, queueId, first, positions, total, Traffic.MessageType.NORMAL)
                        .batchKey(batchKey));
    }

    private void scanProperties(Fields fields, SendFields names) {
        ByteBuf given = properties.given();
        if (fields.copyUtf8(names.properties(), given) > MessageView.MAX_PROPERTIES_BYTES) {
            throw tooManyProperties(given.readableBytes());
        }
        properties.scan();
    }

    private void fill(RpcRequest request, Fields fields, SendFields names, long now) {
        int sysFlag = fields.requiredNumber(names.sysFlag());
        if ((sysFlag & SysFlag.INNER_BATCH) != 0) {
            throw new RequestException(
                    ResponseCode.MESSAGE_ILLEGAL,
                    "the message is illegal: an inner batch, of which no topic here is made");
        }
        draft.sysFlag(sysFlag & ~SysFlag.TRANSACTION_MASK)
                .born(
                        fields.requiredLong(names.bornTimestamp()),
                        HostBytes.of(request.connection().remote()))
                .stored(now, storeHost)
                .reconsumeTimes(fields.number(names.reconsumeTimes(), 0))
                .preparedOffset(0);
    }

    /**
     * Refuses messages that ask for what this version does not do.
     *
     * @param retry whether a consumer or this broker stores it again: that may be an earlier broker's message, and is kept
     */
    private void refuseUnsupported(boolean retry) {
        if (properties.hasBadDelayLevel() && !retry) {
            throw new RequestException(ResponseCode.SYSTEM_ERROR, "the property DELAY of the message is no number");
        }
        if (properties.lite() && !retry) {
            throw new RequestException(
                    ResponseCode.MESSAGE_ILLEGAL,
                    "lite topics (__LITE_TOPIC) are not supported by this broker, so the message is not stored");
        }
    }

    private void checkBody(int bytes) {
        int bound = limits.maxBodyBytes();
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

    private Topic systemTopic(String name) {
        Topic topic = topics.find(name);
        if (topic == null) {
            throw new RequestException(ResponseCode.SYSTEM_ERROR, "there is no topic " + name);
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
}
