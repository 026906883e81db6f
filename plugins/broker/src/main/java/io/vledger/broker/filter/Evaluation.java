package io.vledger.broker.filter;

import io.netty.buffer.ByteBuf;
import io.vledger.protocol.message.MessageProperties;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Finds the properties that an expression names in the stored bytes, from the last one to the first that is needed, and evaluates it on them.
 * One thread.
 */
final class Evaluation implements MessageFilter.Matcher {
    private static final int ABSENT = -1;
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOWER_BITS = 0x7F7F7F7F7F7F7F7FL;
    private static final long VALUE_ENDS = 0x0101010101010101L * MessageProperties.VALUE_END;

    private final SqlNode condition;
    private final byte[][] names;
    /** The first eight bytes of each name with the separator behind it, and which of them count. */
    private final long[] beginnings;

    private final long[] masks;
    private final int[] starts;
    private final int[] lengths;
    /** The properties of the message, and room for eight bytes more. */
    private byte[] bytes = new byte[512];

    /** What messages end in that has no wanted property. */
    private byte[] familiar = {};

    private int familiarBytes;
    private boolean learned;

    Evaluation(SqlNode condition, byte[][] names) {
        this.condition = condition;
        this.names = names;
        this.starts = new int[names.length];
        this.lengths = new int[names.length];
        this.beginnings = new long[names.length];
        this.masks = new long[names.length];
        for (int slot = 0; slot < names.length; slot++) {
            byte[] name = names[slot];
            byte[] beginning = Arrays.copyOf(name, Math.max(Long.BYTES, name.length + 1));
            beginning[name.length] = MessageProperties.NAME_END;
            int counting = Math.min(Long.BYTES, name.length + 1);
            masks[slot] = -1L >>> (Long.SIZE - counting * Byte.SIZE);
            beginnings[slot] = (long) EIGHT.get(beginning, 0) & masks[slot];
        }
    }

    /** The properties of the message, as they are stored. */
    byte[] bytes() {
        return bytes;
    }

    /** Where the value of a property starts in {@link #bytes}. */
    int at(int slot) {
        return starts[slot];
    }

    /** Bytes of the value; negative if the message lacks the property. */
    int length(int slot) {
        return lengths[slot];
    }

    @Override
    public boolean matches(ByteBuf message, int at, int length) {
        return evaluate(message, at, length) == SqlNode.TRUE;
    }

    /** The value of the expression, see {@link SqlNode}. */
    int evaluate(ByteBuf message, int at, int length) {
        if (bytes.length < length + Long.BYTES) {
            bytes = new byte[length * 2 + Long.BYTES];
        }
        // Looking at single bytes of a buffer costs more than copying all of them.
        message.getBytes(at, bytes, 0, length);
        find(length);
        return condition.evaluate(this);
    }

    /**
     * Of a name that is there twice the last counts; a pair without a name or a value is none, as for RocketMQ. Eight bytes at a time, whatever
     * is found in them, so that the processor need not wait for what was found.
     */
    private void find(int size) {
        for (int slot = 0; slot < lengths.length; slot++) {
            lengths[slot] = ABSENT;
        }
        byte[] all = bytes;
        boolean familiar = endsFamiliarly(size);
        int wanted = lengths.length;
        int behind = size;
        int pairEnd = familiar ? size - familiarBytes : size;
        for (int end = pairEnd; end > 0 && wanted > 0; end -= Long.BYTES) {
            int from = Math.max(0, end - Long.BYTES);
            long ends = valueEnds((long) EIGHT.get(all, from));
            if (end < Long.BYTES) {
                ends &= (1L << (end * Byte.SIZE)) - 1;
            }
            while (ends != 0) {
                int at = Long.BYTES - 1 - (Long.numberOfLeadingZeros(ends) / Byte.SIZE);
                int pair = from + at + 1;
                if (note(all, pair, pairEnd)) {
                    behind = wanted == lengths.length ? pairEnd + 1 : behind;
                    if (--wanted == 0) {
                        break;
                    }
                }
                pairEnd = pair - 1;
                ends ^= 0x80L << (at * Byte.SIZE);
            }
        }
        if (wanted > 0 && note(all, 0, pairEnd)) {
            behind = wanted == lengths.length ? pairEnd + 1 : behind;
            wanted--;
        }
        if (!familiar) {
            learn(wanted == lengths.length ? 0 : Math.min(behind, size), size);
        }
    }

    /** Whether the properties end in the same pairs as those of messages before, of which none is wanted. Most do. */
    private boolean endsFamiliarly(int size) {
        int from = size - familiarBytes;
        return familiarBytes > 0
                && from >= 0
                && (from == 0 || bytes[from - 1] == MessageProperties.VALUE_END)
                && Arrays.equals(bytes, from, size, familiar, 0, familiarBytes);
    }

    /** Remembers the pairs from a place on, none of which is wanted: of the first message all, then what the next ones have in common. */
    private void learn(int from, int size) {
        if (learned && familiarBytes == 0) {
            return;
        }
        int most = size - from;
        if (learned) {
            int common = 0;
            most = Math.min(most, familiarBytes);
            while (common < most && bytes[size - 1 - common] == familiar[familiarBytes - 1 - common]) {
                common++;
            }
            most = common;
        }
        int begin = size - most;
        while (begin < size && begin > 0 && bytes[begin - 1] != MessageProperties.VALUE_END) {
            begin++;
        }
        familiarBytes = size - begin;
        familiar = Arrays.copyOfRange(bytes, begin, size);
        learned = true;
    }

    /** The highest bit of each byte that ends a value. */
    private static long valueEnds(long eight) {
        long different = eight ^ VALUE_ENDS;
        return ~(((different & LOWER_BITS) + LOWER_BITS) | different | LOWER_BITS);
    }

    /**
     * Notes a pair whose name is one of those, and was not met yet. No name has the separator in it, so where one is followed by it, it is the
     * whole name of the pair.
     */
    private boolean note(byte[] all, int pair, int pairEnd) {
        long first = (long) EIGHT.get(all, pair);
        for (int slot = 0; slot < names.length; slot++) {
            if ((first & masks[slot]) == beginnings[slot] && isNamed(all, pair, pairEnd, names[slot])) {
                boolean met = lengths[slot] != ABSENT;
                if (!met) {
                    starts[slot] = pair + names[slot].length + 1;
                    lengths[slot] = pairEnd - starts[slot];
                }
                return !met;
            }
        }
        return false;
    }

    /** Whether a pair has a value, and a name of which the first eight bytes are right. */
    private static boolean isNamed(byte[] all, int pair, int pairEnd, byte[] name) {
        int nameEnd = pair + name.length;
        return nameEnd + 1 < pairEnd
                && (name.length < Long.BYTES
                        || (all[nameEnd] == MessageProperties.NAME_END
                                && Arrays.equals(all, pair, nameEnd, name, 0, name.length)));
    }
}
