package io.vledger.broker.filter;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.protocol.message.MessageProperties;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Finds the properties that an expression names in one scan of the stored bytes, and evaluates it on them. One thread. */
final class Evaluation implements MessageFilter.Matcher {
    private static final int ABSENT = -1;
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHEST_BITS = 0x8080808080808080L;
    private static final long VALUE_ENDS = ONES * MessageProperties.VALUE_END;

    private final SqlNode condition;
    private final byte[][] names;
    private final int[] starts;
    private final int[] lengths;
    /** The properties of the message. */
    private byte[] bytes = new byte[512];

    private ByteBuf buffer = Unpooled.EMPTY_BUFFER;

    Evaluation(SqlNode condition, byte[][] names) {
        this.condition = condition;
        this.names = names;
        this.starts = new int[names.length];
        this.lengths = new int[names.length];
    }

    /** The bytes of the message. */
    ByteBuf buffer() {
        return buffer;
    }

    /** Where the value of a property starts. */
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
        buffer = message;
        find(at, at + length);
        int value = condition.evaluate(this);
        buffer = Unpooled.EMPTY_BUFFER;
        return value;
    }

    /** Of a name that is there twice the last counts; a pair without a name or a value is none, as for RocketMQ. */
    private void find(int from, int end) {
        for (int slot = 0; slot < lengths.length; slot++) {
            lengths[slot] = ABSENT;
        }
        int size = end - from;
        if (bytes.length < size) {
            bytes = new byte[size * 2];
        }
        // Looking at single bytes of a buffer costs more than copying all of them.
        byte[] all = bytes;
        buffer.getBytes(from, all, 0, size);
        int pair = 0;
        while (pair < size) {
            int pairEnd = pairEnd(all, pair, size);
            note(all, pair, pairEnd, from);
            pair = pairEnd + 1;
        }
    }

    /** Eight bytes at a time: the lowest of those that are 0 gets its highest bit set, and none below it. */
    private static int pairEnd(byte[] all, int from, int end) {
        int at = from;
        while (at + Long.BYTES <= end) {
            long different = (long) EIGHT.get(all, at) ^ VALUE_ENDS;
            long zeros = (different - ONES) & ~different & HIGHEST_BITS;
            if (zeros != 0) {
                return at + Long.numberOfTrailingZeros(zeros) / Byte.SIZE;
            }
            at += Long.BYTES;
        }
        while (at < end && all[at] != MessageProperties.VALUE_END) {
            at++;
        }
        return at;
    }

    /** No name has the separator in it, so where one is followed by it, it is the whole name of the pair. */
    private void note(byte[] all, int nameAt, int pairEnd, int from) {
        for (int slot = 0; slot < names.length; slot++) {
            byte[] name = names[slot];
            int nameEnd = nameAt + name.length;
            if (nameEnd + 1 < pairEnd
                    && all[nameEnd] == MessageProperties.NAME_END
                    && Arrays.equals(all, nameAt, nameEnd, name, 0, name.length)) {
                starts[slot] = from + nameEnd + 1;
                lengths[slot] = pairEnd - nameEnd - 1;
                return;
            }
        }
    }
}
