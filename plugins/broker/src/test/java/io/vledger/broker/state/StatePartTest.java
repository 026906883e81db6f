package io.vledger.broker.state;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.GroupStore;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.message.MessageDraft;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatePartTest {
    private static final byte KIND = 120;

    @Test
    void aPartIsGivenItsHeaderAndThenItsMessagesAreApplied() throws Exception {
        try (GroupStore store = TestBroker.openStore()) {
            Recorder part = new Recorder(KIND);
            BrokerState state = state(store, part);
            ByteBuf entry = Unpooled.buffer();
            writePart(entry, 1, 0);
            writePart(entry, 2, 1);
            state.apply(1, KIND, BrokerEntry.VERSION, 0, entry);

            assertThat(part.seen).containsExactly("header 1", "message 0", "header 2", "message 1");
            assertThat(requireNonNull(requireNonNull(state.topics().find("SELF_TEST_TOPIC"))
                                    .queue(0))
                            .maxOffset())
                    .isEqualTo(2);
            assertThat(state.appliedEnd()).isEqualTo(entry.writerIndex());
        }
    }

    @Test
    void aSnapshotBringsAPartBackAndAnEarlierOneClearsIt() throws Exception {
        try (GroupStore store = TestBroker.openStore()) {
            Recorder part = new Recorder(KIND);
            BrokerState state = state(store, part);
            part.sum = 42;
            ByteBuf snapshot = Unpooled.buffer();
            state.snapshot(snapshot);

            Recorder other = new Recorder(KIND);
            state(store, other).restore(snapshot.duplicate());
            assertThat(other.sum).isEqualTo(42);

            ByteBuf before = Unpooled.buffer();
            state(store).snapshot(before);
            // A snapshot of version 2 ended where version 3 counts its sections.
            int sections = Short.BYTES + Short.BYTES + Integer.BYTES + Long.BYTES + Integer.BYTES + Integer.BYTES;
            before.setShort(4, 2).writerIndex(before.writerIndex() - sections).writeInt(before.getInt(0));
            other.sum = 7;
            state(store, other).restore(before);
            assertThat(other.sum).isZero();
        }
    }

    @Test
    void aSectionOrAKindThatNoPartKnowsIsRefusedByNumber() throws Exception {
        try (GroupStore store = TestBroker.openStore()) {
            ByteBuf snapshot = Unpooled.buffer();
            state(store, new Recorder(KIND)).snapshot(snapshot);
            BrokerState without = state(store);
            assertThatThrownBy(() -> without.restore(snapshot))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("section 120");
            ByteBuf entry = Unpooled.buffer();
            writePart(entry, 1, 0);
            assertThatThrownBy(() -> without.apply(9, KIND, BrokerEntry.VERSION, 0, entry))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("entry 9 is of kind 120");
        }
    }

    private static BrokerState state(GroupStore store, StatePart... parts) {
        return new BrokerState("Cluster", "broker-a", store.queues(), store.keys(), null, List.of(parts));
    }

    private static void writePart(ByteBuf entry, int number, long queueOffset) {
        MessageDraft draft = new MessageDraft()
                .topic("SELF_TEST_TOPIC".getBytes(StandardCharsets.UTF_8))
                .body(Unpooled.wrappedBuffer(new byte[number]), 0, number);
        PartEntry.beginHeader(entry, Integer.BYTES);
        entry.writeInt(number);
        PartEntry.beginMessages(entry, draft.size());
        draft.write(entry, queueOffset, entry.writerIndex());
    }

    /** A part whose state is a number. */
    private static final class Recorder implements StatePart {
        private final byte kind;
        private final List<String> seen = new ArrayList<>();
        private int sum;

        Recorder(byte kind) {
            this.kind = kind;
        }

        @Override
        public int section() {
            return kind;
        }

        @Override
        public boolean owns(byte other) {
            return other == kind;
        }

        @Override
        public Map<String, MessageObserver> observers() {
            return Map.of("SELF_TEST_TOPIC", (queue, message) -> seen.add("message " + message.queueOffset()));
        }

        @Override
        public void apply(byte applied, long position, ByteBuf header) {
            int number = header.readInt();
            sum += number;
            seen.add("header " + number);
        }

        @Override
        public void clear() {
            sum = 0;
        }

        @Override
        public void write(ByteBuf target) {
            target.writeInt(sum);
        }

        @Override
        public void read(ByteBuf source) {
            sum = source.readInt();
        }
    }
}
