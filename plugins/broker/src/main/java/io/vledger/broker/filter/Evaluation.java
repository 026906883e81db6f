package io.vledger.broker.filter;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.protocol.message.MessageProperties;

/** Finds the properties that an expression names in one scan of the stored bytes, and evaluates it on them. One thread. */
final class Evaluation implements MessageFilter.Matcher {
    private static final int ABSENT = -1;

    private final SqlNode condition;
    private final byte[][] names;
    private final int[] starts;
    private final int[] lengths;
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
        int cursor = from;
        while (cursor < end) {
            int pairEnd = buffer.indexOf(cursor, end, MessageProperties.VALUE_END);
            if (pairEnd < 0) {
                pairEnd = end;
            }
            note(cursor, pairEnd);
            cursor = pairEnd + 1;
        }
    }

    /** No name has the separator in it, so where one is followed by it, it is the whole name of the pair. */
    private void note(int nameAt, int pairEnd) {
        for (int slot = 0; slot < names.length; slot++) {
            byte[] name = names[slot];
            int nameEnd = nameAt + name.length;
            if (nameEnd + 1 < pairEnd && buffer.getByte(nameEnd) == MessageProperties.NAME_END && same(name, nameAt)) {
                starts[slot] = nameEnd + 1;
                lengths[slot] = pairEnd - nameEnd - 1;
                return;
            }
        }
    }

    private boolean same(byte[] name, int at) {
        for (int i = 0; i < name.length; i++) {
            if (buffer.getByte(at + i) != name[i]) {
                return false;
            }
        }
        return true;
    }
}
