package io.vledger.broker.filter;

import io.vledger.broker.filter.SqlNode.Condition;
import java.util.Arrays;
import java.util.List;

/** The conditions of SQL92 expressions but comparisons, which are in {@link SqlComparison}. */
final class SqlConditions {
    private SqlConditions() {}

    /** {@code AND}: false if any is, else nothing if any is nothing. Nothing behind the first false one is evaluated. */
    static final class All extends Condition {
        private final SqlNode[] parts;

        All(List<SqlNode> parts) {
            super(parts.toArray(new SqlNode[0]));
            this.parts = parts.toArray(new SqlNode[0]);
        }

        @Override
        int evaluate(Evaluation message) {
            int result = TRUE;
            for (SqlNode part : parts) {
                int value = part.evaluate(message);
                if (value == FALSE || value == ERROR) {
                    return value;
                }
                if (value == NULL) {
                    result = NULL;
                }
            }
            return result;
        }
    }

    /** {@code OR}: true if any is, else nothing if any is nothing. Nothing behind the first true one is evaluated. */
    static final class Any extends Condition {
        private final SqlNode[] parts;

        Any(List<SqlNode> parts) {
            super(parts.toArray(new SqlNode[0]));
            this.parts = parts.toArray(new SqlNode[0]);
        }

        @Override
        int evaluate(Evaluation message) {
            int result = FALSE;
            for (SqlNode part : parts) {
                int value = part.evaluate(message);
                if (value == TRUE || value == ERROR) {
                    return value;
                }
                if (value == NULL) {
                    result = NULL;
                }
            }
            return result;
        }
    }

    /** {@code NOT}. */
    static final class Not extends Condition {
        private final SqlNode part;

        Not(SqlNode part) {
            super(part);
            this.part = part;
        }

        @Override
        int evaluate(Evaluation message) {
            int value = part.evaluate(message);
            return value == TRUE ? FALSE : value == FALSE ? TRUE : value;
        }
    }

    /** {@code IS NULL}. */
    static final class IsNull extends Condition {
        private final SqlNode part;

        IsNull(SqlNode part) {
            super(part);
            this.part = part;
        }

        @Override
        int evaluate(Evaluation message) {
            int value = part.evaluate(message);
            return value == ERROR ? ERROR : truth(value == NULL);
        }
    }

    /** A property as a condition: properties are texts, and no text is true. */
    static final class AsCondition extends Condition {
        private final SqlNode property;

        AsCondition(SqlNode property) {
            super(property);
            this.property = property;
        }

        @Override
        int evaluate(Evaluation message) {
            return property.evaluate(message) == NULL ? NULL : FALSE;
        }
    }

    /** {@code IN} and {@code NOT IN}: whether a property is one of these texts. */
    static final class OneOf extends Condition {
        private final SqlNode property;
        private final byte[][] texts;
        private final boolean negated;

        OneOf(SqlNode property, List<byte[]> texts, boolean negated) {
            super(property);
            this.property = property;
            this.texts = texts.toArray(new byte[0][]);
            this.negated = negated;
        }

        @Override
        int evaluate(Evaluation message) {
            if (property.evaluate(message) == NULL) {
                return NULL;
            }
            byte[] bytes = property.text(message);
            int at = property.textAt(message);
            int length = property.textLength(message);
            for (byte[] text : texts) {
                if (text.length == length && startsWith(bytes, at, text)) {
                    return truth(!negated);
                }
            }
            return truth(negated);
        }
    }

    /** How a text is looked for in another. */
    enum Place {
        ANYWHERE,
        START,
        END
    }

    /**
     * {@code CONTAINS}, {@code STARTSWITH}, {@code ENDSWITH} and their negations. Of what is no text neither is true, and of the
     * empty text as well.
     */
    static final class HasText extends Condition {
        private final SqlNode part;
        private final byte[] wanted;
        private final Place place;
        private final boolean negated;

        HasText(SqlNode part, byte[] wanted, Place place, boolean negated) {
            super(part);
            this.part = part;
            this.wanted = wanted;
            this.place = place;
            this.negated = negated;
        }

        @Override
        int evaluate(Evaluation message) {
            if (wanted.length == 0) {
                return FALSE;
            }
            int type = part.evaluate(message);
            if (type != TEXT) {
                return type == ERROR ? ERROR : FALSE;
            }
            return truth(found(message) != negated);
        }

        private boolean found(Evaluation message) {
            byte[] bytes = part.text(message);
            int at = part.textAt(message);
            int last = at + part.textLength(message) - wanted.length;
            if (last < at) {
                return false;
            }
            return switch (place) {
                case START -> startsWith(bytes, at, wanted);
                case END -> startsWith(bytes, last, wanted);
                case ANYWHERE -> contains(bytes, at, last);
            };
        }

        private boolean contains(byte[] bytes, int from, int last) {
            for (int at = from; at <= last; at++) {
                if (bytes[at] == wanted[0] && startsWith(bytes, at, wanted)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Whether these bytes are at a place where so many are. */
    private static boolean startsWith(byte[] bytes, int at, byte[] wanted) {
        return Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length);
    }
}
