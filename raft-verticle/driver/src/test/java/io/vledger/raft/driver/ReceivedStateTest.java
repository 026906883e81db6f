package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.group.EntryKind;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.StateMachine;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.raft.Message;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever message brings it, what the state machine cannot read is noticed before it is stored. */
class ReceivedStateTest {
    private static final byte KNOWN = EntryKind.FIRST_APPLICATION_KIND;
    private static final byte UNKNOWN = KNOWN + 1;

    private final ReceivedState received = new ReceivedState("g", new Reader(), () -> 0);

    private static BatchEntries entries(byte kind) {
        LogBatch.Builder builder =
                new LogBatch.Builder(new Addressing(1 << 20), 0, UnpooledByteBufAllocator.DEFAULT, 64);
        builder.open();
        builder.buffer().writeLong(1);
        builder.close(kind, (short) 1, 1, 1);
        return new BatchEntries(builder.build());
    }

    private static Message install(int state) {
        ByteBuf image = UnpooledByteBufAllocator.DEFAULT.buffer();
        image.writeShort(1).writeShort(MemberList.VERSION);
        new MemberList(Map.of()).encode(image);
        image.writeInt(0).writeInt(0).writeInt(state);
        LogBase base = new LogBase(1, 1, 0);
        return new Message.InstallRequest(1, 1, 1, new InstallData(base, image));
    }

    private static Message append(byte kind) {
        return new Message.AppendRequest(1, 0, 0, 0, 0, 0, entries(kind));
    }

    @Test
    void whatCanBeReadIsTaken() {
        assertThat(received.readable("n1", append(KNOWN))).isTrue();
        assertThat(received.readable("n1", append(EntryKind.NOOP))).isTrue();
        assertThat(received.readable("n1", new Message.EntriesReply(1, 1, entries(KNOWN))))
                .isTrue();
        assertThat(received.readable("n1", new Message.EntriesReply(1, 1, null)))
                .isTrue();
        assertThat(received.readable("n1", install(1))).isTrue();
    }

    @Test
    void whatCannotBeReadIsRefusedFromALeaderAndForARepair() {
        assertThat(received.readable("n1", append(UNKNOWN))).isFalse();
        assertThat(received.readable("n1", new Message.EntriesReply(1, 1, entries(UNKNOWN))))
                .isFalse();
        assertThat(received.readable("n1", install(2))).isFalse();
    }

    /** Reads one kind of entry, and snapshots that begin with 1. */
    private static final class Reader implements StateMachine {
        @Override
        public void apply(long index, byte kind, short payloadVersion, long position, ByteBuf payload) {}

        @Override
        public @Nullable String unreadable(byte kind, short payloadVersion, long position, ByteBuf payload) {
            return kind == KNOWN && payload.readLong() == 1 ? null : "kind " + kind;
        }

        @Override
        public @Nullable String unreadable(ByteBuf snapshot) {
            return snapshot.readInt() == 1 ? null : "a snapshot";
        }

        @Override
        public void snapshot(ByteBuf target) {}

        @Override
        public void restore(ByteBuf snapshot) {}

        @Override
        public void roleChanged(GroupRole role, long term) {}
    }
}
