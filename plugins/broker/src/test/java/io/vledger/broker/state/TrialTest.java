package io.vledger.broker.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.ContradictionException;
import io.vledger.api.group.EntryKind;
import io.vledger.broker.testing.TestBroker;
import io.vledger.testkit.Seeds;
import io.vledger.testkit.fake.FakeGroup;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a leader that went over to the enemy sends: it is refused before it is stored, or else a member can live with it. */
class TrialTest {
    private static final List<Byte> MAY_CONTRADICT = List.of(
            BrokerEntry.MESSAGES,
            BrokerEntry.SCHEDULED_DELIVERY,
            (byte) 25, // a half message that is not open
            (byte) 30, // timers that were delivered
            (byte) 31, // timers that were taken over
            (byte) 51); // a light queue that is not there

    /** A broker whose state has something of everything that a client makes with little. */
    private static TestBroker broker() throws Exception {
        TestBroker broker = TestBroker.follower();
        broker.group().lead();
        broker.group().settle();
        broker.topic("t1", 4);
        for (int i = 0; i < 5; i++) {
            broker.call(broker.send("t1", i % 4, "body " + i));
        }
        return broker;
    }

    @Test
    void anEntryIsRefusedOrItCanBeApplied() {
        Seeds.run(200, random -> {
            try (TestBroker broker = broker()) {
                BrokerState state = broker.state();
                for (int i = 0; i < 200; i++) {
                    byte kind = (byte) (EntryKind.FIRST_APPLICATION_KIND + random.nextInt(60));
                    ByteBuf payload = payload(random);
                    if (state.unreadable(kind, BrokerEntry.VERSION, 0, payload.duplicate()) == null) {
                        long position = 1_000_000L * (i + 1);
                        try {
                            state.applyWhatFits(i + 1, kind, BrokerEntry.VERSION, position, payload);
                        } catch (ContradictionException contradicts) {
                            assertThat(MAY_CONTRADICT)
                                    .as(contradicts.getMessage())
                                    .contains(kind);
                        }
                    }
                }
            }
        });
    }

    /** Much of it reads as texts, counts and headers that are there. */
    private static ByteBuf payload(Random random) {
        ByteBuf payload = Unpooled.buffer();
        boolean part = random.nextBoolean();
        if (part) {
            payload.writeInt(0);
        }
        for (int i = random.nextInt(8); i > 0; i--) {
            switch (random.nextInt(6)) {
                case 0 -> StateText.write(payload, "t1");
                case 1 -> payload.writeLong(random.nextInt(4) - 1);
                case 2 -> payload.writeInt(random.nextInt(4) - 1);
                case 3 -> payload.writeByte(random.nextInt(8) - 1);
                case 4 -> payload.writeShort(random.nextInt());
                default -> payload.writeLong(random.nextLong());
            }
        }
        if (part) {
            payload.setInt(0, payload.readableBytes() - Integer.BYTES).writeInt(0);
        }
        return payload;
    }

    @Test
    void anEntryThatWasChangedOnItsWayIsRefusedOrItCanBeReadAgain() throws Exception {
        try (TestBroker broker = broker()) {
            for (FakeGroup.Entry entry : broker.group().applied()) {
                byte[] bytes = entry.payload();
                for (int length = 0; length < bytes.length; length++) {
                    ByteBuf cut = Unpooled.wrappedBuffer(bytes, 0, length);
                    String wrong = broker.state().unreadable(entry.kind(), entry.version(), entry.position(), cut);
                    assertThat(wrong != null || cut.readableBytes() == 0 || length == 0)
                            .as("%d of %d bytes of kind %d", length, bytes.length, entry.kind())
                            .isTrue();
                }
            }
            assertThat(broker.state().unreadable((byte) 16, (short) 2, 0, Unpooled.EMPTY_BUFFER))
                    .contains("payload version 2");
            assertThat(broker.state()
                            .unreadable(
                                    (byte) 99,
                                    BrokerEntry.VERSION,
                                    0,
                                    Unpooled.buffer().writeInt(0)))
                    .contains("kind 99, which this version does not know");
        }
    }

    @Test
    void aSnapshotIsRefusedOrItCanBeRestored() {
        Seeds.run(100, random -> {
            try (TestBroker broker = broker();
                    TestBroker other = TestBroker.follower()) {
                byte[] snapshot = broker.snapshot();
                assertThat(other.state().unreadable(Unpooled.wrappedBuffer(snapshot)))
                        .isNull();
                byte[] before = other.snapshot();
                for (int i = 0; i < 100; i++) {
                    byte[] changed = snapshot.clone();
                    for (int n = random.nextInt(3); n >= 0; n--) {
                        changed[random.nextInt(changed.length)] = (byte) (random.nextBoolean() ? -1 : random.nextInt());
                    }
                    int length = random.nextBoolean() ? changed.length : random.nextInt(changed.length);
                    ByteBuf sent = Unpooled.wrappedBuffer(changed, 0, length);
                    String wrong = other.state().unreadable(sent);
                    assertThat(sent.readableBytes()).isEqualTo(length);
                    assertThat(other.snapshot()).as("a trial changes nothing").isEqualTo(before);
                    if (wrong == null) {
                        try (TestBroker trying = TestBroker.follower()) {
                            trying.state().restore(sent);
                        }
                    }
                }
            }
        });
    }

    @Test
    void aSnapshotThatNamesMoreQueuesThanThereIsMemoryForIsRefused() throws Exception {
        try (TestBroker broker = TestBroker.follower()) {
            ByteBuf hostile = Unpooled.buffer();
            hostile.writeInt(0x56425331).writeShort(3).writeLong(0);
            int topics = 100_000;
            hostile.writeLong(1).writeLong(1).writeInt(topics);
            for (int i = 0; i < topics; i++) {
                new TopicConfig("t" + i, 1, 1, 6, false, 0, "SINGLE_TAG", java.util.Map.of()).write(hostile);
                hostile.writeInt(1)
                        .writeLong(1)
                        .writeInt(TopicConfig.MAX_QUEUES)
                        .writeInt(0);
            }
            assertThat(broker.state().unreadable(hostile)).contains("queues, for which there is no memory");
        }
    }
}
