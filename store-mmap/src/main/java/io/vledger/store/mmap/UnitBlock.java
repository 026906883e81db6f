package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Consecutive units of one queue in memory, in the form that they have on disk. For one thread at a time. */
final class UnitBlock {
    /** Position, size, hash of the tag. */
    static final int UNIT_BYTES = 8 + 4 + 8;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final byte[] NOTHING = new byte[0];

    private byte[] bytes = NOTHING;
    private int count;
    private long firstOffset;

    int count() {
        return count;
    }

    /** Queue offset of the first unit. */
    long firstOffset() {
        return firstOffset;
    }

    void append(long queueOffset, long position, int size, long tagsCode) {
        int at = count * UNIT_BYTES;
        if (at == bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(4, count + (count >> 1)) * UNIT_BYTES);
        }
        if (count == 0) {
            firstOffset = queueOffset;
        }
        LONG.set(bytes, at, position);
        INT.set(bytes, at + 8, size);
        LONG.set(bytes, at + 12, tagsCode);
        count++;
    }

    /** Appends the units of a block that follows this one. */
    void appendAll(UnitBlock next) {
        for (int i = 0; i < next.count; i++) {
            append(next.firstOffset + i, next.position(i), next.size(i), next.tagsCode(i));
        }
    }

    long position(int unit) {
        return (long) LONG.get(bytes, unit * UNIT_BYTES);
    }

    int size(int unit) {
        return (int) INT.get(bytes, unit * UNIT_BYTES + 8);
    }

    long tagsCode(int unit) {
        return (long) LONG.get(bytes, unit * UNIT_BYTES + 12);
    }

    /** Number of the first unit that lies at or after a position. */
    int firstAtOrAfter(long position) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (position(middle) < position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Copies units to a buffer. */
    void copy(int from, int units, ByteBuf target) {
        target.writeBytes(bytes, from * UNIT_BYTES, units * UNIT_BYTES);
    }
}
