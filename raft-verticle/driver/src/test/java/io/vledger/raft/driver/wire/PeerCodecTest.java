package io.vledger.raft.driver.wire;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.raft.MemberStart;
import io.vledger.raft.Message;
import io.vledger.raft.Standing;
import io.vledger.raft.driver.BatchEntries;
import io.vledger.raft.driver.Batches;
import io.vledger.raft.driver.InstallData;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PeerCodecTest {
    private static final UnpooledByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

    private final PeerCodec codec = new PeerCodec(Batches.ADDRESSING);

    private ByteBuf frameOf(Message message) {
        ByteBuf encoded = codec.encode(message, ALLOCATOR);
        ByteBuf frame = Unpooled.copiedBuffer(encoded);
        encoded.release();
        assertThat(frame.readInt()).isEqualTo(frame.readableBytes());
        return frame;
    }

    @Test
    void messagesWithoutPayloadComeBackEqual() throws Exception {
        for (Message message : List.of(
                new Message.VoteRequest(5, true, false, 9, 4),
                new Message.VoteRequest(5, false, true, 9, 4),
                new Message.VoteReply(5, false, true, Standing.RECOVERING),
                new Message.AppendRequest(7, 1, 2, 3, 4, 1, null),
                new Message.AppendAccepted(7, 11, 14, Standing.VOTER),
                new Message.AppendRejected(7, 13, 11, 12, 14, Standing.DAMAGED),
                new Message.InstallReply(7, 42),
                new Message.Conflict(8, 4, 2),
                new Message.MemoryOutdated(8, 77, 3),
                new Message.TransferNow(8))) {
            assertThat(codec.decode(frameOf(message))).isEqualTo(message);
        }
    }

    @Test
    void aHelloComesBackEqual() throws Exception {
        Hello hello = new Hello(
                "RaftNode00",
                "n0",
                "n1",
                new MemberStart(77, 3, -5, 9, 12),
                -17,
                "127.0.0.1:30911",
                "127.0.0.1:8080",
                "abc",
                Map.of("n0", "h:1", "n1", "h:2"));
        ByteBuf frame = PeerCodec.encode(hello, ALLOCATOR);
        frame.skipBytes(Integer.BYTES);

        assertThat(PeerCodec.isHello(frame)).isTrue();
        assertThat(PeerCodec.decodeHello(frame)).isEqualTo(hello);
        frame.release();
    }

    @Test
    void aHelloOfAVersionThatSaysLessIsUnderstood() throws Exception {
        Hello hello = new Hello("g", "n0", "n1", MemberStart.of(77), 0, "127.0.0.1:30911", "", "", Map.of());
        for (int missing = 1; missing <= 2; missing++) {
            ByteBuf frame = PeerCodec.encode(hello, ALLOCATOR);
            frame.skipBytes(Integer.BYTES).writerIndex(frame.writerIndex() - missing * Short.BYTES);

            assertThat(PeerCodec.decodeHello(frame)).isEqualTo(hello);
            frame.release();
        }
    }

    @Test
    void entriesTravelAsTheirBytes() throws Exception {
        LogBatch batch = Batches.of(4, 3, 6, 256);
        ByteBuf frame = frameOf(new Message.AppendRequest(6, 3, 5, 2, 9, 2, new BatchEntries(batch)));
        Message.AppendRequest decoded = (Message.AppendRequest) codec.decode(frame);
        LogBatch received = requireNonNull(((BatchEntries) decoded.entries())).batch();

        assertThat(received.bytes()).isEqualTo(batch.bytes());
        assertThat(received.lastIndex()).isEqualTo(6);
        PeerCodec.release(decoded);
        assertThat(frame.refCnt()).isEqualTo(1);
        batch.release();
    }

    /** A snapshot image: versions, a member list of nobody, no marks, a state of three bytes. */
    private static ByteBuf image() {
        return Unpooled.buffer()
                .writeShort(1)
                .writeShort(1)
                .writeShort(0)
                .writeInt(0)
                .writeInt(0)
                .writeBytes(new byte[] {1, 2, 3});
    }

    @Test
    void whatNobodyCouldInstallIsRefused() {
        for (InstallData data : List.of(
                new InstallData(new LogBase(9, 2, 1 << 20), Unpooled.wrappedBuffer(new byte[] {1, 2, 3})),
                new InstallData(new LogBase(9, 2, (1 << 20) + 8), image()),
                new InstallData(new LogBase(9, 2, -(1 << 20)), image()))) {
            assertThatThrownBy(() -> codec.decode(frameOf(new Message.InstallRequest(3, 9, 2, data))))
                    .isInstanceOf(PeerCodec.BadFrame.class);
        }
    }

    @Test
    void entriesThatDoNotFollowAreRefused() {
        LogBatch batch = Batches.of(9, 1, 6, 256);
        // In a buffer that is much larger: the entry is copied out of it, and the copy let go of.
        ByteBuf encoded = codec.encode(new Message.AppendRequest(6, 3, 5, 2, 9, 2, new BatchEntries(batch)), ALLOCATOR);
        ByteBuf frame = ALLOCATOR.directBuffer(64 << 10).writeBytes(encoded).skipBytes(Integer.BYTES);
        assertThatThrownBy(() -> codec.decode(frame))
                .isInstanceOf(PeerCodec.BadFrame.class)
                .hasMessageContaining("entries from 9 do not follow index 3");
        encoded.release();
        frame.release();
        batch.release();
    }

    @Test
    void entriesOfRaftItselfThatNobodyCouldApplyAreRefused() {
        for (byte kind : new byte[] {0, 2, 3, 9, -1}) {
            LogBatch.Builder builder = new LogBatch.Builder(Batches.ADDRESSING, 0, ALLOCATOR, 64);
            builder.open();
            builder.buffer().writeByte(0xFF);
            builder.close(kind, (short) 1, 4, 6);
            LogBatch batch = builder.build();
            assertThatThrownBy(() ->
                            codec.decode(frameOf(new Message.AppendRequest(6, 3, 5, 2, 9, 2, new BatchEntries(batch)))))
                    .as("kind %d", kind)
                    .isInstanceOf(PeerCodec.BadFrame.class)
                    .hasMessageContaining("entry 4");
            batch.release();
        }
    }

    @Test
    void anImageTravelsWithItsBase() throws Exception {
        InstallData data = new InstallData(new LogBase(9, 2, 1 << 20), image());
        Message.InstallRequest decoded =
                (Message.InstallRequest) codec.decode(frameOf(new Message.InstallRequest(3, 9, 2, data)));

        assertThat(((InstallData) decoded.data()).base()).isEqualTo(data.base());
        assertThat(((InstallData) decoded.data()).image()).isEqualTo(data.image());
        PeerCodec.release(decoded);
    }

    @Test
    void aFlippedBitInAnEntryIsRefused() {
        LogBatch batch = Batches.of(4, 2, 6, 256);
        ByteBuf clean = frameOf(new Message.AppendRequest(6, 3, 5, 2, 9, 2, new BatchEntries(batch)));
        int entriesFrom = clean.readerIndex() + 49;
        int checked = 0;
        for (int at = entriesFrom; at < clean.writerIndex(); at++) {
            ByteBuf frame = clean.copy();
            frame.setByte(at - clean.readerIndex(), frame.getByte(at - clean.readerIndex()) ^ 0x10);
            if (isPadding(batch, at - entriesFrom)) {
                continue;
            }
            assertThatThrownBy(() -> codec.decode(frame)).as("bit at %d", at).isInstanceOf(PeerCodec.BadFrame.class);
            assertThat(frame.refCnt()).isEqualTo(1);
            checked++;
        }
        assertThat(checked).isGreaterThan(80);
        batch.release();
    }

    private static boolean isPadding(LogBatch batch, int at) {
        int start = 0;
        for (long index = batch.firstIndex(); index <= batch.lastIndex(); index++) {
            int length = 40 + batch.payloadAt(index).readableBytes();
            int padded = (length + 7) & -8;
            if (at < start + padded) {
                return at >= start + length;
            }
            start += padded;
        }
        return false;
    }

    @Test
    void randomBytesAreRefusedWithoutLeaking() {
        long seed = Long.getLong("vledger.seed", 20261122);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(120)];
            random.nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = (byte) random.nextInt(10);
            }
            ByteBuf frame = Unpooled.wrappedBuffer(bytes);
            try {
                PeerCodec.release(codec.decode(frame));
            } catch (PeerCodec.BadFrame expected) {
                assertThat(expected).as("seed %d, case %d", seed, i).hasMessageContaining(" ");
            }
            assertThat(frame.refCnt())
                    .as("seed %d, case %d (-Dvledger.seed=%d)", seed, i, seed)
                    .isEqualTo(1);
        }
    }
}
