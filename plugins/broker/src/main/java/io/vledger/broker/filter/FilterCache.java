package io.vledger.broker.filter;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The expressions that were used last, read: consumers that pull by themselves give theirs with each pull. Bounded by the characters of the
 * expressions. One thread.
 */
public final class FilterCache {
    private static final int MAX_CHARACTERS = 1 << 20;
    /** What an entry counts beside its characters. */
    private static final int ENTRY_CHARACTERS = 256;

    private final Map<String, SqlFilter> filters = new LinkedHashMap<>(16, 0.75f, true);
    private int characters;

    /**
     * As {@link MessageFilter#parse}.
     *
     * @throws FilterException if the expression is not one of its type, or too large
     */
    public MessageFilter parse(String type, String expression) throws FilterException {
        if (!type.equals(MessageFilter.SQL92)) {
            return MessageFilter.parse(type, expression);
        }
        SqlFilter known = filters.get(expression);
        if (known != null) {
            return known;
        }
        SqlFilter filter = SqlFilter.parse(expression);
        filters.put(expression, filter);
        characters += weight(filter);
        Iterator<SqlFilter> oldest = filters.values().iterator();
        while (characters > MAX_CHARACTERS) {
            characters -= weight(oldest.next());
            oldest.remove();
        }
        return filter;
    }

    private static int weight(SqlFilter filter) {
        return filter.expression().length() + ENTRY_CHARACTERS;
    }
}
