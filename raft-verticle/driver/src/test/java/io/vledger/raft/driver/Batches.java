package io.vledger.raft.driver;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBatch;

/** Makes small batches for tests. */
public final class Batches {
    public static final Addressing ADDRESSING = new Addressing(1 << 20);

    private Batches() {}

    /** {@code count} entries of one term, each with a payload of its index as text. */
    public static LogBatch of(long firstIndex, int count, long term, long position) {
        LogBatch.Builder builder = new LogBatch.Builder(ADDRESSING, position, UnpooledByteBufAllocator.DEFAULT, 64);
        for (int i = 0; i < count; i++) {
            builder.open();
            builder.buffer()
                    .writeBytes(Long.toString(firstIndex + i).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            builder.close((byte) 16, (short) 1, firstIndex + i, term);
        }
        return builder.build();
    }
}
