package io.vledger.broker.filter;

import io.vledger.protocol.message.TagsCode;
import java.util.Arrays;
import java.util.Collection;

/** Selects messages by the hash codes of their tags. Consumers compare the tags themselves, so a collision is harmless. */
public final class TagFilter implements MessageFilter {
    /** Selects everything. */
    public static final TagFilter ALL = new TagFilter(new long[0]);

    private final long[] codes;

    private TagFilter(long[] codes) {
        this.codes = codes;
    }

    /** A filter of these codes; none means all. */
    public static TagFilter ofCodes(Collection<? extends Number> codes) {
        return codes.isEmpty()
                ? ALL
                : new TagFilter(codes.stream()
                        .mapToLong(Number::longValue)
                        .distinct()
                        .sorted()
                        .toArray());
    }

    /** A filter of an expression such as {@code a || b}; {@code *} and nothing mean all. */
    public static TagFilter parse(String expression) {
        if (expression.isBlank() || expression.strip().equals("*")) {
            return ALL;
        }
        long[] codes = Arrays.stream(expression.split("\\|\\|", -1))
                .map(String::strip)
                .filter(tag -> !tag.isEmpty())
                .mapToLong(TagsCode::of)
                .distinct()
                .sorted()
                .toArray();
        return new TagFilter(codes);
    }

    /** Whether it comes of an expression of separators alone. */
    boolean hasNoTag() {
        return codes.length == 0 && this != ALL;
    }

    @Override
    public String expressionType() {
        return TAG;
    }

    @Override
    public boolean readsProperties() {
        return false;
    }

    @Override
    public int cost() {
        return 0;
    }

    @Override
    public Matcher matcher() {
        return (buffer, at, length) -> true;
    }

    @Override
    public boolean mayMatch(long tagsCode) {
        if (codes.length == 0) {
            return true;
        }
        for (long code : codes) {
            if (code == tagsCode) {
                return true;
            }
        }
        return false;
    }
}
