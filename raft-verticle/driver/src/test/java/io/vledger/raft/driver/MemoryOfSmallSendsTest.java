package io.vledger.raft.driver;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBatch;
import io.vledger.raft.Message;
import io.vledger.raft.driver.wire.PeerCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A leader that is sent one small message after the other, each a batch of its own, and a follower that receives them. */
class MemoryOfSmallSendsTest {
    private static final int SENDS = 100_000;
    private static final int MESSAGE_BYTES = 300;
    private static final long CACHE_BYTES = 4L << 20;
    private static final byte MESSAGES = 16;

    private final PooledByteBufAllocator allocator = new PooledByteBufAllocator(true);
    private final Addressing addressing = new Addressing(1 << 30);
    private final BatchCache cache = new BatchCache(CACHE_BYTES);

    private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();

    /** The detector looks at every access of every buffer in tests, which are millions here. */
    @BeforeEach
    void detectFewerLeaks() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.SIMPLE);
    }

    @AfterEach
    void detectAllAgain() {
        ResourceLeakDetector.setLevel(level);
    }

    private LogBatch send(OpenBatch open, int bytes) {
        open.begin(MESSAGES, (short) 1, bytes);
        open.buffer().writeZero(bytes);
        open.submit(refusal -> {}, bytes);
        return open.take().get(0);
    }

    private void cached(OpenBatch open, LogBatch batch) {
        cache.append(batch);
        batch.release();
        open.applied(batch.lastIndex());
        cache.evict(batch.lastIndex() + 1);
    }

    private OpenBatch leader() {
        OpenBatch open = new OpenBatch(addressing, allocator, 1 << 20);
        open.lead(1, 1, 0);
        return open;
    }

    @Test
    void aHundredThousandSmallSendsKeepNoMoreThanTheCacheMay() {
        OpenBatch open = leader();
        long most = 0;
        for (int i = 0; i < SENDS; i++) {
            cached(open, send(open, MESSAGE_BYTES));
            most = Math.max(most, cache.heldBytes());
        }
        assertThat(most).isLessThanOrEqualTo(CACHE_BYTES);
        assertThat(allocator.metric().usedDirectMemory())
                .as("what the allocator has of the system, with its chunks")
                .isLessThan(5 * CACHE_BYTES);
        cache.clear();
    }

    @Test
    void aSmallBatchBehindALargeOneIsSmall() {
        OpenBatch open = leader();
        LogBatch large = send(open, 700_000);
        LogBatch small = send(open, MESSAGE_BYTES);
        assertThat(large.heldBytes()).isLessThan(2 * large.byteCount());
        assertThat(small.heldBytes()).isLessThan(4 * MESSAGE_BYTES);
        large.release();
        small.release();
    }

    @Test
    void aFollowerKeepsTheRecordsAndNotTheBufferTheyCameIn() throws Exception {
        OpenBatch open = leader();
        LogBatch sent = send(open, MESSAGE_BYTES);
        PeerCodec codec = new PeerCodec(addressing);
        ByteBuf frame = codec.encode(new Message.AppendRequest(1, 0, 0, 0, 1, 1, new BatchEntries(sent)), allocator);
        ByteBuf received = allocator.directBuffer(64 << 10).writeBytes(frame);
        frame.release();
        received.skipBytes(Integer.BYTES);

        Message message = codec.decode(received);
        LogBatch batch = requireNonNull(((BatchEntries) ((Message.AppendRequest) message).entries()))
                .batch();
        assertThat(batch.heldBytes()).isLessThan(4 * MESSAGE_BYTES);
        assertThat(received.refCnt()).isEqualTo(1);
        received.release();
        assertThat(batch.bytes()).isEqualTo(sent.bytes());
        PeerCodec.release(message);
        sent.release();
    }

    @Test
    void whoWaitsIsCountedBesideHisBytes() {
        OpenBatch open = leader();
        LogBatch batch = send(open, 10);
        assertThat(open.pendingBytes()).isGreaterThan(OpenBatch.WAITING_BYTES);
        open.applied(1);
        assertThat(open.pendingBytes()).isZero();
        batch.release();
    }
}
