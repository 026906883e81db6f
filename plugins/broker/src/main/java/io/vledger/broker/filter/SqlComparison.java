package io.vledger.broker.filter;

import io.vledger.broker.filter.SqlNode.Condition;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * {@code =}, {@code <}, {@code <=}, {@code >} and {@code >=}, with RocketMQ's conversions: a text that is compared with a number is
 * read as a number of its type, one that is compared with {@code TRUE} as a truth value; two texts have an order only as decimal numbers.
 * What cannot be read fails the evaluation.
 */
final class SqlComparison extends Condition {
    /** What is true of the left side. */
    enum Relation {
        EQUAL,
        LESS,
        LESS_EQUAL,
        GREATER,
        GREATER_EQUAL
    }

    /** The result of a comparison that cannot be done; the others are -1, 0 and 1. */
    private static final int FAILED = 2;

    private final SqlNode left;
    private final SqlNode right;
    private final Relation relation;

    SqlComparison(SqlNode left, Relation relation, SqlNode right) {
        super(left, right);
        this.left = left;
        this.right = right;
        this.relation = relation;
    }

    @Override
    int evaluate(Evaluation message) {
        int leftType = left.evaluate(message);
        if (leftType == ERROR || (leftType == NULL && relation != Relation.EQUAL)) {
            return leftType;
        }
        int rightType = right.evaluate(message);
        if (rightType == ERROR || (rightType == NULL && relation != Relation.EQUAL)) {
            return rightType;
        }
        if (leftType == NULL || rightType == NULL) {
            // Two values that are missing are equal, and the side that is missing makes a difference.
            return leftType == rightType ? TRUE : leftType == NULL ? NULL : FALSE;
        }
        if (relation == Relation.EQUAL && leftType == TEXT && rightType == TEXT) {
            return truth(sameText(message));
        }
        int order = order(leftType, rightType, message);
        return order == FAILED ? ERROR : truth(holds(order));
    }

    private boolean holds(int order) {
        return switch (relation) {
            case EQUAL -> order == 0;
            case LESS -> order < 0;
            case LESS_EQUAL -> order <= 0;
            case GREATER -> order > 0;
            case GREATER_EQUAL -> order >= 0;
        };
    }

    private boolean sameText(Evaluation message) {
        int leftAt = left.textAt(message);
        int rightAt = right.textAt(message);
        return Arrays.equals(
                left.text(message),
                leftAt,
                leftAt + left.textLength(message),
                right.text(message),
                rightAt,
                rightAt + right.textLength(message));
    }

    private int order(int leftType, int rightType, Evaluation message) {
        if (leftType == TRUE || leftType == FALSE) {
            if (rightType == TEXT) {
                return FAILED; // RocketMQ casts the truth value to a text, which it is not
            }
            return rightType == TRUE || rightType == FALSE ? Integer.compare(leftType, rightType) : -1;
        }
        if (leftType == TEXT) {
            return textOrder(rightType, message);
        }
        if (rightType == TRUE || rightType == FALSE) {
            return -1;
        }
        if (rightType == TEXT) {
            return converted(right, leftType, message, left, -1);
        }
        if (leftType == DOUBLE || rightType == DOUBLE) {
            return Double.compare(left.decimal(), right.decimal());
        }
        return Long.compare(left.number(), right.number());
    }

    private int textOrder(int rightType, Evaluation message) {
        if (rightType == TRUE || rightType == FALSE) {
            boolean isTrue = left.textLength(message) == 4 && "true".equalsIgnoreCase(string(left, message));
            return Integer.compare(truth(isTrue), rightType);
        }
        if (rightType != TEXT) {
            return converted(left, rightType, message, right, 1);
        }
        double first = SqlNumbers.decimal(left.text(message), left.textAt(message), left.textLength(message));
        if (SqlNumbers.isFailure(first)) {
            return FAILED;
        }
        double second = SqlNumbers.decimal(right.text(message), right.textAt(message), right.textLength(message));
        return SqlNumbers.isFailure(second) ? FAILED : Double.compare(first, second);
    }

    /** The order of a text and a number, as if the text were of the number's type; {@code sign} -1 turns it round. */
    private static int converted(SqlNode text, int type, Evaluation message, SqlNode number, int sign) {
        byte[] bytes = text.text(message);
        int at = text.textAt(message);
        int length = text.textLength(message);
        if (type == DOUBLE) {
            double value = SqlNumbers.decimal(bytes, at, length);
            return SqlNumbers.isFailure(value) ? FAILED : sign * Double.compare(value, number.decimal());
        }
        if (!SqlNumbers.isWhole(bytes, at, length, type == INTEGER)) {
            return FAILED;
        }
        return sign * Long.compare(SqlNumbers.whole(bytes, at, length), number.number());
    }

    private static String string(SqlNode text, Evaluation message) {
        return new String(text.text(message), text.textAt(message), text.textLength(message), StandardCharsets.UTF_8);
    }
}
