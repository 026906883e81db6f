package io.vledger.broker.timer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;

/**
 * Recalls a message whose time of delivery has not come (370): stores, among the timers, that it is recalled. Once that is answered the
 * message is not delivered, whichever leader comes. Codes and remarks are RocketMQ's. Loop only.
 */
public final class RecallHandler implements RequestHandler {
    private static final ByteBuf BODY = Unpooled.unreleasableBuffer(
            Unpooled.copiedBuffer("0", StandardCharsets.US_ASCII).asReadOnly());
    private static final String TAG = "_RECALL_TAG_";

    private final Group group;
    private final BrokerState state;
    private final Timers timers;
    private final Refusals refusals;
    private final byte[] storeHost;
    private final LongSupplier clock;
    private final MessageDraft draft = new MessageDraft();
    private final ByteBuf properties = Unpooled.buffer(512);

    /**
     * A handler of a group.
     *
     * @param storeHost the address that stored messages name as their broker's; see {@link HostBytes}
     * @param clock milliseconds since the epoch
     */
    public RecallHandler(
            Group group, BrokerState state, Timers timers, Refusals refusals, byte[] storeHost, LongSupplier clock) {
        this.group = group;
        this.state = state;
        this.timers = timers;
        this.refusals = refusals;
        this.storeHost = storeHost;
        this.clock = clock;
    }

    /** Every answer names the region: clients trace a recall only then. */
    @Override
    public void handle(RpcRequest request) {
        try {
            recall(request);
        } catch (RequestException wrong) {
            request.reply(
                    wrong.code(),
                    wrong.getMessage(),
                    sink -> sink.put(PropertyNames.MSG_REGION, SystemNames.REGION),
                    null);
        }
    }

    private void recall(RpcRequest request) {
        if (!timers.times().recall()) {
            throw new RequestException(ResponseCode.NO_PERMISSION, "recall failed, operation is forbidden");
        }
        Refusal refusal = group.refusal();
        if (refusal != null) {
            refusals.reply(request, refusal);
            return;
        }
        long nowMs = clock.getAsLong();
        RecallHandle handle =
                checked(request.fields().requiredText("topic"), request.fields().requiredText("recallHandle"), nowMs);
        TimerTimes.Wish wish = new TimerTimes.Wish(null, null, Long.toString(handle.timeMs()), true);
        TimerTimes.Plan plan = timers.plan(wish, nowMs);
        if (plan == null) {
            throw illegal("recall failed, timestamp invalid");
        }
        store(request, handle, plan, nowMs);
    }

    private RecallHandle checked(String topicName, String text, long nowMs) {
        Topic topic = state.topics().find(topicName);
        if (topic == null || topic.deleting()) {
            throw new RequestException(
                    ResponseCode.TOPIC_NOT_EXIST, "recall failed, the topic[" + topicName + "] not exist");
        }
        RecallHandle handle = RecallHandle.parse(text);
        if (handle == null) {
            throw illegal("recall handle is invalid");
        }
        if (!handle.topic().equals(topicName)) {
            throw illegal("recall failed, topic not match");
        }
        if (!handle.broker().equals(group.name())) {
            throw illegal("recall failed, broker service not available");
        }
        long aheadMs = handle.timeMs() - nowMs;
        if (aheadMs <= 0 || aheadMs >= timers.times().maxDelayMs()) {
            throw illegal("recall failed, timestamp invalid");
        }
        return handle;
    }

    private static RequestException illegal(String why) {
        return new RequestException(ResponseCode.ILLEGAL_OPERATION, why);
    }

    private void store(RpcRequest request, RecallHandle handle, TimerTimes.Plan plan, long nowMs) {
        TopicQueue queue = timers.queue();
        String recalled = handle.topic() + "+" + handle.uniqueKey();
        properties.clear();
        MessageProperties.append(properties, PropertyNames.TAGS, TAG);
        MessageProperties.append(properties, PropertyNames.TIMER_DEL_UNIQKEY, recalled);
        MessageProperties.append(properties, PropertyNames.UNIQ_KEY, handle.uniqueKey());
        MessageProperties.append(properties, PropertyNames.TIMER_DELIVER_MS, Long.toString(handle.timeMs()));
        MessageProperties.append(properties, PropertyNames.TIMER_OUT_MS, Long.toString(plan.outMs()));
        MessageProperties.append(properties, PropertyNames.REAL_TOPIC, handle.topic());
        MessageProperties.append(properties, PropertyNames.REAL_QID, "0");
        MessageProperties.append(properties, PropertyNames.CLUSTER, state.cluster());
        if (properties.readableBytes() > MessageView.MAX_PROPERTIES_BYTES) {
            throw illegal("recall handle is invalid");
        }
        draft.queue(queue.id(), 0)
                .topic(queue.topic().utf8())
                .sysFlag(0)
                .born(nowMs, HostBytes.of(request.connection().remote()))
                .stored(nowMs, storeHost)
                .reconsumeTimes(0)
                .preparedOffset(timers.code(plan, nowMs))
                .body(BODY, 0, 1)
                .properties(properties, 0, properties.readableBytes());
        Refusal refusal = group.begin(BrokerEntry.MESSAGES, BrokerEntry.VERSION, draft.size());
        if (refusal != null) {
            refusals.reply(request, refusal);
            return;
        }
        draft.write(group.buffer(), state.cursors().next(queue), group.bufferPosition());
        state.cursors().advance(queue, 1);
        group.submit(outcome -> {
            if (outcome != null) {
                refusals.replyHere(request, outcome);
            } else {
                request.reply(
                        ResponseCode.SUCCESS,
                        null,
                        sink -> {
                            sink.put("msgId", handle.uniqueKey());
                            sink.put(PropertyNames.MSG_REGION, SystemNames.REGION);
                        },
                        null);
            }
        });
    }
}
