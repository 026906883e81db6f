package io.vledger.broker.filter;

/** Selects messages by an SQL92 expression over their properties; see {@link SqlParser}. */
public final class SqlFilter implements MessageFilter {
    /** Bound of an expression, characters. */
    public static final int MAX_LENGTH = SqlParser.MAX_LENGTH;

    private final String expression;
    private final SqlNode condition;
    private final byte[][] names;
    private final int cost;

    SqlFilter(String expression, SqlNode condition, byte[][] names, int cost) {
        this.expression = expression;
        this.condition = condition;
        this.names = names;
        this.cost = cost;
    }

    /**
     * Reads an expression.
     *
     * @throws FilterException if it is none, or exceeds a bound
     */
    public static SqlFilter parse(String expression) throws FilterException {
        return SqlParser.parse(expression);
    }

    /** As the consumer wrote it. */
    public String expression() {
        return expression;
    }

    @Override
    public String expressionType() {
        return SQL92;
    }

    @Override
    public boolean mayMatch(long tagsCode) {
        return true;
    }

    @Override
    public boolean readsProperties() {
        return true;
    }

    @Override
    public int cost() {
        return cost;
    }

    @Override
    public Matcher matcher() {
        return evaluation();
    }

    Evaluation evaluation() {
        return new Evaluation(condition, names);
    }
}
