package io.vledger.store.common;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.QueueIndex.UnitVisitor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Consecutive units of one queue in memory, in the form that they have on the disk: position 8, size 4, tags code 8, big-endian. For
 * one thread at a time.
 */
public final class UnitBuffer {
    /** Bytes of one unit. */
    public static final int UNIT_BYTES = 8 + 4 + 8;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final byte[] NOTHING = new byte[0];

    private byte[] bytes = NOTHING;
    private int count;
    private long firstOffset;

    /** An empty one. */
    public UnitBuffer() {}

    /** How many units there are. */
    public int count() {
        return count;
    }

    /** Queue offset of the first unit. */
    public long firstOffset() {
        return firstOffset;
    }

    /** Appends the unit that follows the last one. */
    public void append(long queueOffset, long position, int size, long tagsCode) {
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

    /** Appends the units of a buffer that follows this one. */
    void appendAll(UnitBuffer next) {
        for (int i = 0; i < next.count; i++) {
            append(next.firstOffset + i, next.position(i), next.size(i), next.tagsCode(i));
        }
    }

    /** Physical offset of the message of a unit. */
    public long position(int unit) {
        return (long) LONG.get(bytes, unit * UNIT_BYTES);
    }

    private int size(int unit) {
        return (int) INT.get(bytes, unit * UNIT_BYTES + 8);
    }

    private long tagsCode(int unit) {
        return (long) LONG.get(bytes, unit * UNIT_BYTES + 12);
    }

    /** Number of the first unit that lies at or after a position. */
    public int firstAtOrAfter(long position) {
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

    /** Visits units; returns how many, negative if the visitor stopped with the last. */
    int visit(long queueOffset, int maxUnits, UnitVisitor visitor) {
        int from = (int) (queueOffset - firstOffset);
        int units = Math.min(maxUnits, count - from);
        for (int i = 0; i < units; i++) {
            int unit = from + i;
            if (!visitor.visit(queueOffset + i, position(unit), size(unit), tagsCode(unit))) {
                return -(i + 1);
            }
        }
        return units;
    }

    /** Copies units to a buffer. */
    public void copy(int from, int units, ByteBuf target) {
        target.writeBytes(bytes, from * UNIT_BYTES, units * UNIT_BYTES);
    }

    /** A copy of some units. */
    public byte[] copy(int from, int units) {
        return Arrays.copyOfRange(bytes, from * UNIT_BYTES, (from + units) * UNIT_BYTES);
    }
}
