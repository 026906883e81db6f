package io.vledger.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.PartEntry;
import io.vledger.broker.state.TopicConfig;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.raft.Message;
import io.vledger.raft.driver.BatchEntries;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Entries that any member can read, and that contradict what every member has applied: only a leader that lies, or errs, proposes them. */
final class Contradictions {
    private static final byte[] HOST = {127, 0, 0, 1, 0, 0, 0x2A, (byte) 0x9F};
    private static final byte HALF_SETTLED = 25;
    private static final byte TIMERS_DELIVERED = 30;
    private static final byte TIMERS_TAKEN_OVER = 31;
    private static final byte LIGHT_DISPATCHED = 51;
    private static final String LIGHT = TopicNames.LIGHT_PREFIX + "q";
    /** Of a topic that no workload uses, so that its first queue offset is known. */
    private static final String UNUSED = "SELF_TEST_TOPIC";

    /** Writes a payload. */
    @FunctionalInterface
    private interface Payload {
        void write(ByteBuf target, long position);
    }

    /** One of them. */
    record Lie(byte kind, String what, Payload payload) {}

    /** One of each kind that there is. */
    static final List<Lie> ALL = List.of(
            new Lie(
                    BrokerEntry.MESSAGES,
                    "a message of no topic",
                    (target, at) -> message(target, at, "no-such-topic", 0, 0, "")),
            new Lie(
                    BrokerEntry.MESSAGES,
                    "a queue that the topic does not have",
                    (target, at) -> message(target, at, TopicNames.TEMPLATE, TopicConfig.MAX_QUEUES - 1, 0, "")),
            new Lie(
                    BrokerEntry.MESSAGES,
                    "a message far ahead in its queue",
                    (target, at) -> message(target, at, TopicNames.TEMPLATE, 0, 1L << 40, "")),
            new Lie(
                    BrokerEntry.MESSAGES,
                    "a message at a negative place of its queue",
                    (target, at) -> message(target, at, TopicNames.TEMPLATE, 0, -1, "")),
            new Lie(BrokerEntry.SCHEDULED_DELIVERY, "a delay level that goes back", (target, at) -> target.writeInt(1)
                    .writeLong(-1)
                    .writeInt(0)),
            new Lie(HALF_SETTLED, "a half message that is not open", (target, at) -> {
                PartEntry.beginHeader(target, Byte.BYTES + Long.BYTES);
                target.writeByte(1).writeLong(7);
                PartEntry.beginMessages(target, 0);
            }),
            new Lie(TIMERS_DELIVERED, "timers that were delivered", (target, at) -> {
                PartEntry.beginHeader(target, 2 * Long.BYTES + Short.BYTES);
                target.writeLong(0).writeLong(0).writeShort(0);
                PartEntry.beginMessages(target, 0);
            }),
            new Lie(TIMERS_TAKEN_OVER, "timers of an earlier broker that there was not", (target, at) -> {
                PartEntry.beginHeader(target, Long.BYTES);
                target.writeLong(1);
                PartEntry.beginMessages(target, 0);
            }),
            new Lie(LIGHT_DISPATCHED, "a place of a light queue that is not the next", (target, at) -> {
                byte[] name = LIGHT.getBytes(StandardCharsets.UTF_8);
                PartEntry.beginHeader(
                        target, Integer.BYTES + Long.BYTES + Short.BYTES + Short.BYTES + name.length + Long.BYTES);
                target.writeInt(100).writeLong(0).writeShort(1);
                target.writeShort(name.length).writeBytes(name).writeLong(5);
                PartEntry.beginMessages(target, 0);
            }),
            new Lie(BrokerEntry.SCHEDULED_DELIVERY, "a place of a light queue that is no number", (target, at) -> {
                target.writeInt(1).writeLong(0);
                int lengthAt = target.writerIndex();
                target.writeInt(0);
                message(
                        target,
                        at + BrokerEntry.DELIVERY_HEADER_BYTES,
                        UNUSED,
                        0,
                        0,
                        "INNER_MULTI_DISPATCH\u0001" + LIGHT + "\u0002INNER_MULTI_QUEUE_OFFSET\u0001x\u0002");
                target.setInt(lengthAt, target.writerIndex() - lengthAt - Integer.BYTES);
            }));

    private Contradictions() {}

    /** The frame of a leader of a term that brings it as the next entry, and says that it is committed. */
    static Message frame(Lie lie, LogStore log, long term) {
        long last = log.lastIndex();
        LogBatch.Builder builder =
                new LogBatch.Builder(log.addressing(), log.endPosition(), UnpooledByteBufAllocator.DEFAULT, 256);
        builder.open();
        lie.payload().write(builder.buffer(), log.endPosition() + LogRecord.HEADER_BYTES);
        builder.close(lie.kind(), BrokerEntry.VERSION, last + 1, term);
        long lastTerm = log.terms().get(log.terms().size() - 1).term();
        return new Message.AppendRequest(
                term, last, lastTerm, last + 1, 1, last + 1, new BatchEntries(builder.build()));
    }

    private static void message(
            ByteBuf target, long position, String topic, int queueId, long queueOffset, String properties) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        ByteBuf body = Unpooled.copiedBuffer("lie", StandardCharsets.UTF_8);
        ByteBuf pairs = Unpooled.copiedBuffer(properties, StandardCharsets.UTF_8);
        MessageDraft draft = new MessageDraft();
        int size = draft.size(body.readableBytes(), name.length, pairs.readableBytes());
        ByteBuf stored = Unpooled.buffer(size);
        draft.queue(queueId, 0).sysFlag(0).born(1, HOST).stored(1, HOST);
        draft.topic(name)
                .body(body, 0, body.readableBytes())
                .properties(pairs, 0, pairs.readableBytes())
                .write(stored, queueOffset, position);
        target.writeBytes(stored, 0, size);
    }
}
