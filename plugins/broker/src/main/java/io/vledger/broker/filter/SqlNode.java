package io.vledger.broker.filter;

/**
 * A part of an SQL92 expression. Its value on a message is found in two steps that need no object: {@link #evaluate} says of which type
 * it is, and for numbers and texts the other methods say which one. Immutable.
 */
abstract class SqlNode {
    /** The evaluation failed, and with it the whole expression: it selects nothing. */
    static final int ERROR = 0;
    /** Neither true nor false nor any value. */
    static final int NULL = 1;

    static final int FALSE = 2;
    static final int TRUE = 3;
    /** A number of 32 bits. */
    static final int INTEGER = 4;
    /** A number of 64 bits. */
    static final int LONG = 5;

    static final int DOUBLE = 6;
    /** UTF-8 bytes. */
    static final int TEXT = 7;

    private static final byte[] NO_TEXT = {};

    /** Nodes on the longest path below this one, itself included. */
    private final int depth;

    SqlNode(SqlNode... parts) {
        int deepest = 0;
        for (SqlNode part : parts) {
            deepest = Math.max(deepest, part.depth);
        }
        depth = deepest + 1;
    }

    /** Nodes on the longest path. */
    final int depth() {
        return depth;
    }

    /** The type of its value, or the value, if that is a truth value or none. */
    abstract int evaluate(Evaluation message);

    /** Whether it has a truth value by its form. */
    boolean isCondition() {
        return false;
    }

    /** Whether it was written as a value. */
    boolean isLiteral() {
        return false;
    }

    /** The value if it is an {@link #INTEGER} or {@link #LONG}. */
    long number() {
        return 0;
    }

    /** The value if it is a {@link #DOUBLE}, or that of the whole number as one. */
    double decimal() {
        return number();
    }

    /** What the {@link #TEXT} is in; not to be changed. */
    byte[] text(Evaluation message) {
        return NO_TEXT;
    }

    /** Where the text starts. */
    int textAt(Evaluation message) {
        return 0;
    }

    /** Bytes of the text. */
    int textLength(Evaluation message) {
        return 0;
    }

    static int truth(boolean value) {
        return value ? TRUE : FALSE;
    }

    /** A condition. */
    abstract static class Condition extends SqlNode {
        Condition(SqlNode... parts) {
            super(parts);
        }

        @Override
        final boolean isCondition() {
            return true;
        }
    }

    /** {@code TRUE}, {@code FALSE} or {@code NULL}. */
    static final class Truth extends SqlNode {
        static final Truth IS_TRUE = new Truth(TRUE);
        static final Truth IS_FALSE = new Truth(FALSE);
        static final Truth IS_NULL = new Truth(NULL);

        private final int value;

        private Truth(int value) {
            this.value = value;
        }

        @Override
        int evaluate(Evaluation message) {
            return value;
        }

        @Override
        boolean isCondition() {
            return true;
        }

        @Override
        boolean isLiteral() {
            return true;
        }
    }

    /** A number; {@code -5} is one, but was not written as a value. */
    static final class NumberLiteral extends SqlNode {
        private final int type;
        private final long number;
        private final double decimal;
        private final boolean literal;

        private NumberLiteral(int type, long number, double decimal, boolean literal) {
            this.type = type;
            this.number = number;
            this.decimal = decimal;
            this.literal = literal;
        }

        static NumberLiteral of(long value) {
            return new NumberLiteral(value == (int) value ? INTEGER : LONG, value, value, true);
        }

        static NumberLiteral of(double value) {
            return new NumberLiteral(DOUBLE, 0, value, true);
        }

        boolean isDecimal() {
            return type == DOUBLE;
        }

        NumberLiteral negated() {
            return new NumberLiteral(type, -number, -decimal, false);
        }

        @Override
        int evaluate(Evaluation message) {
            return type;
        }

        @Override
        boolean isLiteral() {
            return literal;
        }

        @Override
        long number() {
            return number;
        }

        @Override
        double decimal() {
            return decimal;
        }
    }

    /** The negation of what is no number: it has no value, but its part is evaluated and may fail. */
    static final class Negated extends SqlNode {
        private final SqlNode part;

        Negated(SqlNode part) {
            super(part);
            this.part = part;
        }

        @Override
        int evaluate(Evaluation message) {
            return part.evaluate(message) == ERROR ? ERROR : NULL;
        }
    }

    /** A text. */
    static final class Text extends SqlNode {
        private final byte[] utf8;

        Text(byte[] utf8) {
            this.utf8 = utf8;
        }

        @Override
        int evaluate(Evaluation message) {
            return TEXT;
        }

        @Override
        boolean isLiteral() {
            return true;
        }

        @Override
        byte[] text(Evaluation message) {
            return utf8;
        }

        @Override
        int textLength(Evaluation message) {
            return utf8.length;
        }
    }

    /** A property of the message: a text, or nothing. */
    static final class Property extends SqlNode {
        private final int slot;

        Property(int slot) {
            this.slot = slot;
        }

        @Override
        int evaluate(Evaluation message) {
            return message.length(slot) < 0 ? NULL : TEXT;
        }

        @Override
        byte[] text(Evaluation message) {
            return message.bytes();
        }

        @Override
        int textAt(Evaluation message) {
            return message.at(slot);
        }

        @Override
        int textLength(Evaluation message) {
            return message.length(slot);
        }
    }
}
