package io.vledger.store.rocksdb;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Consecutive units of one queue in memory, in the form that they have in the database. For one thread at a time. */
final class Units {
    /** Position, size, hash of the tag. */
    static final int BYTES = 8 + 4 + 8;

    private ByteBuffer bytes = ByteBuffer.allocate(4 * BYTES);
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
        if (bytes.remaining() < BYTES) {
            bytes = ByteBuffer.wrap(Arrays.copyOf(bytes.array(), (count + (count >> 1) + 1) * BYTES))
                    .position(count * BYTES);
        }
        if (count == 0) {
            firstOffset = queueOffset;
        }
        bytes.putLong(position).putInt(size).putLong(tagsCode);
        count++;
    }

    /** Appends the units of others that follow these. */
    void appendAll(Units next) {
        for (int i = 0; i < next.count; i++) {
            append(next.firstOffset + i, next.position(i), next.size(i), next.tagsCode(i));
        }
    }

    long position(int unit) {
        return bytes.getLong(unit * BYTES);
    }

    int size(int unit) {
        return bytes.getInt(unit * BYTES + 8);
    }

    long tagsCode(int unit) {
        return bytes.getLong(unit * BYTES + 12);
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

    /** A copy of some units. */
    byte[] copy(int from, int units) {
        return Arrays.copyOfRange(bytes.array(), from * BYTES, (from + units) * BYTES);
    }
}
