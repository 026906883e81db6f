package io.vledger.broker.filter;

import io.vledger.broker.filter.SqlComparison.Relation;
import io.vledger.broker.filter.SqlConditions.Place;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads SQL92 expressions by recursive descent, in the grammar of {@code rocketmq-filter} 5.5.0:
 *
 * <pre>
 * or         = and { OR and }
 * and        = equality { AND equality }
 * equality   = comparison { ("=" | "<>") comparison | IS [NOT] NULL }
 * comparison = unary { (">" | ">=" | "<" | "<=") unary
 *                    | [NOT] (CONTAINS | STARTSWITH | ENDSWITH) text
 *                    | [NOT] BETWEEN unary AND unary
 *                    | [NOT] IN "(" text { "," text } ")" }
 * unary      = ("+" | "-" | NOT) unary | text | number | TRUE | FALSE | NULL | name | "(" or ")"
 * </pre>
 *
 * <p>What follows a whole expression is not looked at, but for the first token, which must be one.
 */
final class SqlParser {
    /** Bound of an expression, characters. */
    static final int MAX_LENGTH = 64 << 10;
    /** Bound of nesting. */
    static final int MAX_DEPTH = 200;
    /** What comparing the names of a message with one that is looked for costs, in comparisons. */
    private static final int NAME_COST = 16;

    private final SqlLexer lexer;
    private final Map<String, SqlNode> properties = new LinkedHashMap<>();
    private SqlToken token;
    private int open;
    private int nodes;

    private SqlParser(String expression) throws FilterException {
        this.lexer = new SqlLexer(expression);
        this.token = lexer.next();
    }

    /**
     * Reads an expression.
     *
     * @throws FilterException if it is none, or exceeds a bound
     */
    static SqlFilter parse(String expression) throws FilterException {
        if (expression.length() > MAX_LENGTH) {
            throw new FilterException("the expression has more than " + MAX_LENGTH + " characters");
        }
        SqlParser parser = new SqlParser(expression);
        SqlNode root = parser.condition(parser.or(), 1);
        byte[][] names = parser.properties.keySet().stream()
                .map(name -> name.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        return new SqlFilter(expression, root, names, parser.nodes + names.length * NAME_COST);
    }

    private SqlNode or() throws FilterException {
        int at = lexer.position();
        SqlNode first = and();
        if (token != SqlToken.OR) {
            return first;
        }
        List<SqlNode> parts = new ArrayList<>();
        parts.add(condition(first, at));
        while (token == SqlToken.OR) {
            advance();
            int partAt = lexer.position();
            parts.add(condition(and(), partAt));
        }
        return made(new SqlConditions.Any(parts));
    }

    private SqlNode and() throws FilterException {
        int at = lexer.position();
        SqlNode first = equality();
        if (token != SqlToken.AND) {
            return first;
        }
        List<SqlNode> parts = new ArrayList<>();
        parts.add(condition(first, at));
        while (token == SqlToken.AND) {
            advance();
            int partAt = lexer.position();
            parts.add(condition(equality(), partAt));
        }
        return made(new SqlConditions.All(parts));
    }

    private SqlNode equality() throws FilterException {
        SqlNode left = comparison();
        while (true) {
            int at = lexer.position();
            if (token == SqlToken.EQUAL || token == SqlToken.NOT_EQUAL) {
                boolean negated = token == SqlToken.NOT_EQUAL;
                advance();
                left = equal(left, comparison(), at);
                left = negated ? made(new SqlConditions.Not(left)) : left;
            } else if (token == SqlToken.IS) {
                advance();
                boolean negated = token == SqlToken.NOT;
                if (negated) {
                    advance();
                }
                expect(SqlToken.NULL);
                left = made(new SqlConditions.IsNull(left));
                left = negated ? made(new SqlConditions.Not(left)) : left;
            } else {
                return left;
            }
        }
    }

    private SqlNode equal(SqlNode left, SqlNode right, int at) throws FilterException {
        if (left == SqlNode.Truth.IS_NULL || right == SqlNode.Truth.IS_NULL) {
            throw new FilterException(at, "NULL cannot be compared; use IS NULL or IS NOT NULL");
        }
        if (left.isLiteral() && left.isCondition() && right.isLiteral() && !right.isCondition()) {
            throw new FilterException(at, "TRUE and FALSE cannot be compared with a number or a text");
        }
        return made(new SqlComparison(left, Relation.EQUAL, right));
    }

    private SqlNode comparison() throws FilterException {
        SqlNode left = unary();
        while (true) {
            int at = lexer.position();
            Relation relation = relation();
            if (relation != null) {
                advance();
                left = ordered(left, relation, unary(), at);
            } else if (token == SqlToken.NOT) {
                advance();
                if (!predicate(token)) {
                    throw unexpected("CONTAINS, STARTSWITH, ENDSWITH, BETWEEN or IN");
                }
                left = predicate(left, true, at);
            } else if (predicate(token)) {
                left = predicate(left, false, at);
            } else {
                return left;
            }
        }
    }

    private @Nullable Relation relation() {
        return switch (token) {
            case GREATER -> Relation.GREATER;
            case GREATER_EQUAL -> Relation.GREATER_EQUAL;
            case LESS -> Relation.LESS;
            case LESS_EQUAL -> Relation.LESS_EQUAL;
            default -> null;
        };
    }

    private static boolean predicate(SqlToken token) {
        return switch (token) {
            case CONTAINS, STARTSWITH, ENDSWITH, BETWEEN, IN -> true;
            default -> false;
        };
    }

    private SqlNode predicate(SqlNode left, boolean negated, int at) throws FilterException {
        SqlToken which = token;
        advance();
        return switch (which) {
            case BETWEEN -> between(left, negated, at);
            case IN -> oneOf(left, negated, at);
            case CONTAINS -> made(new SqlConditions.HasText(left, text(), Place.ANYWHERE, negated));
            case STARTSWITH -> made(new SqlConditions.HasText(left, text(), Place.START, negated));
            default -> made(new SqlConditions.HasText(left, text(), Place.END, negated));
        };
    }

    private SqlNode between(SqlNode value, boolean negated, int at) throws FilterException {
        SqlNode low = unary();
        expect(SqlToken.AND);
        SqlNode high = unary();
        if (negated) {
            return made(new SqlConditions.Any(
                    List.of(ordered(value, Relation.LESS, low, at), ordered(value, Relation.GREATER, high, at))));
        }
        SqlNode atLeast = ordered(value, Relation.GREATER_EQUAL, low, at);
        SqlNode atMost = ordered(value, Relation.LESS_EQUAL, high, at);
        if (low instanceof SqlNode.NumberLiteral from
                && from.isLiteral()
                && high instanceof SqlNode.NumberLiteral to
                && to.isLiteral()
                && above(from, to)) {
            throw new FilterException(at, "the first bound of BETWEEN is greater than the second");
        }
        return made(new SqlConditions.All(List.of(atLeast, atMost)));
    }

    private static boolean above(SqlNode.NumberLiteral from, SqlNode.NumberLiteral to) {
        boolean decimal = from.isDecimal() || to.isDecimal();
        return decimal ? Double.compare(from.decimal(), to.decimal()) > 0 : from.number() > to.number();
    }

    private SqlNode ordered(SqlNode left, Relation relation, SqlNode right, int at) throws FilterException {
        if (!hasOrder(left) || !hasOrder(right)) {
            throw new FilterException(at, "only numbers and properties have an order, texts and conditions do not");
        }
        return made(new SqlComparison(left, relation, right));
    }

    private static boolean hasOrder(SqlNode node) {
        return node.isLiteral() ? node instanceof SqlNode.NumberLiteral : !node.isCondition();
    }

    private SqlNode oneOf(SqlNode left, boolean negated, int at) throws FilterException {
        expect(SqlToken.OPEN);
        List<byte[]> texts = new ArrayList<>();
        texts.add(text());
        while (token == SqlToken.COMMA) {
            advance();
            texts.add(text());
        }
        expect(SqlToken.CLOSE);
        if (!(left instanceof SqlNode.Property)) {
            throw new FilterException(at, "IN needs a property on its left");
        }
        nodes += texts.size();
        return made(new SqlConditions.OneOf(left, texts, negated));
    }

    private SqlNode unary() throws FilterException {
        int at = lexer.position();
        if (token != SqlToken.PLUS && token != SqlToken.MINUS && token != SqlToken.NOT) {
            return primary();
        }
        SqlToken sign = token;
        advance();
        enter(at);
        SqlNode part = unary();
        open--;
        if (sign == SqlToken.PLUS) {
            return part;
        }
        if (sign == SqlToken.NOT) {
            return made(new SqlConditions.Not(condition(part, at)));
        }
        return made(part instanceof SqlNode.NumberLiteral number ? number.negated() : new SqlNode.Negated(part));
    }

    private SqlNode primary() throws FilterException {
        String image = lexer.image();
        int at = lexer.position();
        switch (token) {
            case TEXT -> {
                return made(new SqlNode.Text(text()));
            }
            case OPEN -> {
                advance();
                enter(at);
                SqlNode inner = or();
                open--;
                expect(SqlToken.CLOSE);
                return inner;
            }
            case INTEGER, DECIMAL -> {
                SqlNode number = token == SqlToken.INTEGER ? whole(image, at) : decimal(image, at);
                advance();
                return made(number);
            }
            case TRUE, FALSE, NULL -> {
                SqlNode truth = token == SqlToken.TRUE
                        ? SqlNode.Truth.IS_TRUE
                        : token == SqlToken.FALSE ? SqlNode.Truth.IS_FALSE : SqlNode.Truth.IS_NULL;
                advance();
                return truth;
            }
            case NAME -> {
                advance();
                nodes++;
                return properties.computeIfAbsent(image, name -> new SqlNode.Property(properties.size()));
            }
            default -> throw unexpected("a property, a value, NOT, a sign or (");
        }
    }

    private static SqlNode whole(String image, int at) throws FilterException {
        boolean suffixed = image.endsWith("l") || image.endsWith("L");
        try {
            return SqlNode.NumberLiteral.of(Long.parseLong(suffixed ? image.substring(0, image.length() - 1) : image));
        } catch (NumberFormatException tooLarge) {
            throw new FilterException(at, "the number exceeds 64 bits");
        }
    }

    private static SqlNode decimal(String image, int at) throws FilterException {
        double value = Double.parseDouble(image);
        if (Double.isInfinite(value)) {
            throw new FilterException(at, "the number exceeds the range of decimal numbers");
        }
        if (value < Double.MIN_VALUE) {
            throw new FilterException(at, "a decimal number must be greater than 0; write 0 for zero");
        }
        return SqlNode.NumberLiteral.of(value);
    }

    /** The current token as a text, and on to the next. */
    private byte[] text() throws FilterException {
        if (token != SqlToken.TEXT) {
            throw unexpected(SqlToken.TEXT.shown());
        }
        String image = lexer.image();
        advance();
        return image.substring(1, image.length() - 1).replace("''", "'").getBytes(StandardCharsets.UTF_8);
    }

    private SqlNode condition(SqlNode node, int at) throws FilterException {
        if (node.isCondition()) {
            return node;
        }
        if (node instanceof SqlNode.Property) {
            return made(new SqlConditions.AsCondition(node));
        }
        throw new FilterException(at, "a condition is needed here, not a value");
    }

    private void enter(int at) throws FilterException {
        if (++open > MAX_DEPTH) {
            throw new FilterException(at, "more than " + MAX_DEPTH + " levels");
        }
    }

    private SqlNode made(SqlNode node) throws FilterException {
        nodes++;
        if (node.depth() > MAX_DEPTH) {
            throw new FilterException(lexer.position(), "more than " + MAX_DEPTH + " levels");
        }
        return node;
    }

    private void advance() throws FilterException {
        token = lexer.next();
    }

    private void expect(SqlToken expected) throws FilterException {
        if (token != expected) {
            throw unexpected(expected.shown());
        }
        advance();
    }

    private FilterException unexpected(String expected) {
        return new FilterException(lexer.position(), "expected " + expected + ", but here is " + token.shown());
    }
}
