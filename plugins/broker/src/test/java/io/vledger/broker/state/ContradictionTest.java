package io.vledger.broker.state;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.ContradictionException;
import io.vledger.api.store.IndexSink;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.testkit.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Entries that can be read and contradict what was applied: what contradicts changes nothing, on all members alike, and the rest is applied. */
class ContradictionTest {
    private static final long AT = 1L << 20;
    private static final byte HALF_SETTLED = 25;
    private static final byte TIMERS_DELIVERED = 30;
    private static final byte TIMERS_TAKEN_OVER = 31;
    private static final byte POP_TURN = 35;
    private static final byte LIGHT_DISPATCHED = LightQueues.DISPATCH;
    private static final byte[] HOST = {127, 0, 0, 1, 0, 0, 0x2A, (byte) 0x9F};
    private static final String LIGHT = TopicNames.LIGHT_PREFIX + "q";

    /** One part of an entry. */
    @FunctionalInterface
    private interface Part {
        void write(ByteBuf target);
    }

    /** A member with a topic that has a message in its queue 0, and a half message that is open. */
    private static TestBroker member() throws Exception {
        TestBroker broker = TestBroker.follower();
        BrokerState state = broker.state();
        ByteBuf topic = Unpooled.buffer();
        TopicConfig.of("t1", 4, 6).write(topic);
        state.apply(1, BrokerEntry.TOPIC_PUT, BrokerEntry.VERSION, 0, topic);
        ByteBuf messages = Unpooled.buffer();
        message(messages, 1_000, "t1", 0, 0, "");
        message(messages, 1_000, TopicNames.HALF, 0, 0, "REAL_TOPIC\u0001t1\u0002");
        state.apply(2, BrokerEntry.MESSAGES, BrokerEntry.VERSION, 1_000, messages);
        return broker;
    }

    private static void message(
            ByteBuf entry, long entryAt, String topic, int queueId, long queueOffset, String properties) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        ByteBuf body = Unpooled.copiedBuffer("body", StandardCharsets.UTF_8);
        ByteBuf pairs = Unpooled.copiedBuffer(properties, StandardCharsets.UTF_8);
        MessageDraft draft = new MessageDraft();
        int size = draft.size(body.readableBytes(), name.length, pairs.readableBytes());
        ByteBuf stored = Unpooled.buffer(size);
        draft.queue(queueId, 0).sysFlag(0).born(1, HOST).stored(1, HOST);
        draft.topic(name)
                .body(body, 0, body.readableBytes())
                .properties(pairs, 0, pairs.readableBytes())
                .write(stored, queueOffset, entryAt + entry.readableBytes());
        entry.writeBytes(stored, 0, size);
    }

    private static Part message(String topic, int queueId, long queueOffset) {
        return target -> message(target, AT, topic, queueId, queueOffset, "");
    }

    private static Part part(Part header, Part... messages) {
        return target -> {
            int headerAt = target.writerIndex();
            PartEntry.beginHeader(target, 0);
            header.write(target);
            target.setInt(headerAt, target.writerIndex() - headerAt - Integer.BYTES);
            messages(target, messages);
        };
    }

    private static void messages(ByteBuf target, Part... messages) {
        int at = target.writerIndex();
        target.writeInt(0);
        List.of(messages).forEach(each -> each.write(target));
        target.setInt(at, target.writerIndex() - at - Integer.BYTES);
    }

    private static Part delivery(int level, long next, Part... messages) {
        return target -> {
            target.writeInt(level).writeLong(next);
            messages(target, messages);
        };
    }

    private static Part settled(long queueOffset, Part... messages) {
        return part(header -> header.writeByte(1).writeLong(queueOffset), messages);
    }

    private static Part timers(long timeMs, Part... messages) {
        return part(header -> header.writeLong(timeMs).writeLong(1).writeShort(0), messages);
    }

    private static Part light(Map<String, Long> queues, Part... messages) {
        return part(
                header -> {
                    header.writeInt(100).writeLong(0).writeShort(queues.size());
                    queues.forEach((name, queueOffset) -> {
                        StateText.write(header, name);
                        header.writeLong(queueOffset);
                    });
                },
                messages);
    }

    private static Part inLightQueue(long queueOffset, String lightOffset) {
        return target -> message(
                target,
                AT,
                "t1",
                0,
                queueOffset,
                "INNER_MULTI_DISPATCH\u0001" + LIGHT + "\u0002INNER_MULTI_QUEUE_OFFSET\u0001" + lightOffset + "\u0002");
    }

    /** Parts that contradict the state of {@link #member}, by kind; much of each would fit. */
    private static final Map<Byte, List<Part>> LIES = Map.of(
            BrokerEntry.MESSAGES,
            List.of(
                    message("no-such-topic", 0, 0),
                    message("t1", 7, 0),
                    message("t1", 0, 0),
                    message("t1", 0, 2),
                    message("t1", 1, -1)),
            BrokerEntry.SCHEDULED_DELIVERY,
            List.of(
                    delivery(0, 1),
                    delivery(SystemNames.MAX_DELAY_LEVELS + 1, 1),
                    delivery(1, -1),
                    delivery(1, 1, message("no-such-topic", 0, 0)),
                    delivery(1, 2, message("t1", 0, 1), message("t1", 0, 1)),
                    delivery(1, 2, message("t1", 0, 1), message("t1", 0, 3)),
                    delivery(1, 1, inLightQueue(1, "x")),
                    delivery(1, 1, inLightQueue(1, "1")),
                    delivery(1, 1, inLightQueue(1, "0,1")),
                    delivery(1, 2, inLightQueue(1, "0"), inLightQueue(2, "0"))),
            HALF_SETTLED,
            List.of(
                    settled(7),
                    settled(-1),
                    settled(0, message("t1", 0, 5)),
                    settled(0, message("t1", 0, 1), message(TopicNames.OP_HALF, 0, 9))),
            TIMERS_DELIVERED,
            List.of(timers(-1), timers(5, message("t1", 0, 0)), timers(5, inLightQueue(1, "7"))),
            TIMERS_TAKEN_OVER,
            List.of(part(header -> header.writeLong(1))),
            POP_TURN,
            List.of(part(header -> {}, message("t1", 0, 0))),
            LIGHT_DISPATCHED,
            List.of(
                    light(Map.of(LIGHT, 5L)),
                    light(Map.of(LIGHT, 0L, LIGHT + "2", 1L)),
                    light(Map.of(LIGHT, 0L), message("t1", 0, 7))));

    private static ByteBuf entry(Part... parts) {
        ByteBuf entry = Unpooled.buffer();
        List.of(parts).forEach(part -> part.write(entry));
        return entry;
    }

    private static void applyWhatFits(BrokerState state, byte kind, ByteBuf entry) {
        try {
            state.applyWhatFits(3, kind, BrokerEntry.VERSION, AT, entry);
        } catch (ContradictionException leftOut) {
            assertThat(state.leftOut()).isPositive();
        }
    }

    /** The state but for how far it is applied and what was left out. */
    private static byte[] content(BrokerState state) {
        byte[] snapshot = TestBroker.snapshotOf(state);
        int section = Short.BYTES
                + Integer.BYTES
                + Long.BYTES
                + Integer.BYTES
                + (int) state.leftOut() * Long.BYTES
                + Integer.BYTES;
        return Arrays.copyOfRange(snapshot, Integer.BYTES + Short.BYTES + Long.BYTES, snapshot.length - section);
    }

    @Test
    void aPartThatContradictsChangesNothing() throws Exception {
        for (Map.Entry<Byte, List<Part>> lies : LIES.entrySet()) {
            byte kind = lies.getKey();
            for (int i = 0; i < lies.getValue().size(); i++) {
                try (TestBroker broker = member()) {
                    BrokerState state = broker.state();
                    byte[] before = content(state);
                    ByteBuf entry = entry(lies.getValue().get(i));
                    assertThatThrownBy(
                                    () -> state.apply(3, kind, BrokerEntry.VERSION, AT, entry.duplicate()),
                                    "lie %d of kind %d",
                                    i,
                                    kind)
                            .isInstanceOf(ContradictionException.class);
                    assertThat(state.leftOut()).isZero();
                    assertThat(content(state)).as("lie %d of kind %d", i, kind).isEqualTo(before);
                    assertThatThrownBy(() -> state.applyWhatFits(3, kind, BrokerEntry.VERSION, AT, entry))
                            .isInstanceOf(ContradictionException.class);
                    assertThat(state.leftOut()).isEqualTo(1);
                    assertThat(content(state)).as("lie %d of kind %d", i, kind).isEqualTo(before);
                    assertThat(requireNonNull(requireNonNull(state.topics().find("t1"))
                                            .queue(0))
                                    .maxOffset())
                            .isEqualTo(1);
                }
            }
        }
    }

    @Test
    void whatFitsIsAppliedWhetherAMemberHadToWaitOrNot() throws Exception {
        Seeds.run(60, random -> {
            byte kind = List.copyOf(new java.util.TreeSet<>(LIES.keySet())).get(random.nextInt(LIES.size()));
            ByteBuf entry = entry(some(random, kind));
            try (TestBroker waiting = member();
                    TestBroker other = member()) {
                for (int i = random.nextInt(3); i >= 0; i--) {
                    try {
                        waiting.state().apply(3, kind, BrokerEntry.VERSION, AT, entry.duplicate());
                    } catch (ContradictionException waits) {
                        assertThat(waiting.state().appliedEnd()).isBetween(AT, AT + entry.readableBytes());
                        continue;
                    }
                    return;
                }
                applyWhatFits(waiting.state(), kind, entry.duplicate());
                applyWhatFits(other.state(), kind, entry.duplicate());
                assertThat(ByteBufUtil.hexDump(waiting.snapshot())).isEqualTo(ByteBufUtil.hexDump(other.snapshot()));
                assertThat(units(waiting.state(), kind, entry)).isEqualTo(units(other.state(), kind, entry));
                try (TestBroker restored = TestBroker.follower()) {
                    restored.state().restore(Unpooled.wrappedBuffer(other.snapshot()));
                    assertThat(units(restored.state(), kind, entry)).isEqualTo(units(other.state(), kind, entry));
                }
            }
        });
    }

    /** Parts that fit and parts that do not, in any order. */
    private static Part[] some(Random random, byte kind) {
        List<Part> lies = requireNonNull(LIES.get(kind));
        Part[] parts = new Part[1 + random.nextInt(6)];
        long next = 1;
        for (int i = 0; i < parts.length; i++) {
            Part fits =
                    switch (kind) {
                        case BrokerEntry.MESSAGES -> message("t1", 0, next);
                        case BrokerEntry.SCHEDULED_DELIVERY -> delivery(1, next, message("t1", 0, next));
                        case HALF_SETTLED -> settled(0, message("t1", 0, next));
                        case TIMERS_DELIVERED -> timers(next, message("t1", 0, next));
                        case TIMERS_TAKEN_OVER -> lies.get(0);
                        case LIGHT_DISPATCHED -> light(Map.of(LIGHT, next - 1), message("t1", 0, next));
                        default -> part(header -> {}, message("t1", 0, next));
                    };
            boolean lie = random.nextInt(3) == 0;
            parts[i] = lie ? lies.get(random.nextInt(lies.size())) : fits;
            next += lie ? 0 : 1;
        }
        return parts;
    }

    /** What a rebuilt index has of an entry. */
    private static List<String> units(BrokerState state, byte kind, ByteBuf entry) {
        List<String> units = new ArrayList<>();
        state.index(kind, BrokerEntry.VERSION, AT, entry.duplicate(), new IndexSink() {
            @Override
            public void unit(long queueKey, long queueOffset, long position, int size, long tagsCode) {
                units.add(queueKey + "/" + queueOffset + " at " + position);
            }

            @Override
            public void next(long queueKey, long position, int size, long tagsCode) {
                units.add(queueKey + " at " + position);
            }

            @Override
            public void key(long keyHash, long position, long storeTimestamp) {}
        });
        return units;
    }

    @Test
    void aRebuiltIndexHasNothingOfWhatWasLeftOut() throws Exception {
        try (TestBroker broker = member()) {
            ByteBuf entry = entry(message("t1", 0, 1), message("t1", 0, 1), message("t1", 0, 9), message("t1", 0, 2));
            applyWhatFits(broker.state(), BrokerEntry.MESSAGES, entry.duplicate());
            assertThat(broker.state().leftOut()).isEqualTo(2);
            assertThat(units(broker.state(), BrokerEntry.MESSAGES, entry)).hasSize(2);
            TopicQueue queue = requireNonNull(
                    requireNonNull(broker.state().topics().find("t1")).queue(0));
            assertThat(queue.maxOffset()).isEqualTo(3);
        }
    }

    @Test
    void theOldestOfVeryManyAreForgottenAndCounted() {
        LeftOut leftOut = new LeftOut();
        for (long position = 1; position <= 150_000; position++) {
            leftOut.add(position);
        }
        assertThat(leftOut.count()).isEqualTo(150_000);
        assertThat(leftOut.has(150_000)).isTrue();
        assertThat(leftOut.has(1)).isFalse();
        ByteBuf section = Unpooled.buffer();
        leftOut.write(section);
        LeftOut read = new LeftOut();
        read.read(section);
        assertThat(section.isReadable()).isFalse();
        assertThat(read.count()).isEqualTo(150_000);
        assertThat(read.has(150_000)).isTrue();
    }
}
