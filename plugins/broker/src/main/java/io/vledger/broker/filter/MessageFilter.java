package io.vledger.broker.filter;

import io.netty.buffer.ByteBuf;

/**
 * Selects the messages of one subscription. A message is selected if {@link #mayMatch} is true of the tags code in its queue unit and,
 * where {@link #readsProperties}, a {@link Matcher} is of its stored properties. Immutable; any thread.
 */
public interface MessageFilter {
    /** {@link #expressionType()} of filters by tag. */
    String TAG = "TAG";
    /** {@link #expressionType()} of filters by properties. */
    String SQL92 = "SQL92";

    /**
     * The filter of a subscription's expression.
     *
     * @param type {@link #TAG}, which an empty text means too, or {@link #SQL92}
     * @throws FilterException if the expression is not one of its type, or too large
     */
    static MessageFilter parse(String type, String expression) throws FilterException {
        if (type.isEmpty() || type.equals(TAG)) {
            TagFilter filter = TagFilter.parse(expression);
            if (filter.hasNoTag()) {
                throw new FilterException("there is no tag beside '||'");
            }
            return filter;
        }
        if (type.equals(SQL92)) {
            return SqlFilter.parse(expression);
        }
        throw new FilterException("the expression type " + type + " is not known; use TAG or SQL92");
    }

    /** {@link #TAG} or {@link #SQL92}. */
    String expressionType();

    /** Whether a message whose queue unit has this tags code may be selected. */
    boolean mayMatch(long tagsCode);

    /** Whether the properties decide; otherwise {@link #mayMatch} does alone. */
    boolean readsProperties();

    /** The most comparisons that evaluating one message takes; 0 if properties are not read. */
    int cost();

    /** Evaluates properties for one thread; to be had once for a run of messages. */
    Matcher matcher();

    /** Evaluates the properties of one message after the other. One thread. */
    @FunctionalInterface
    interface Matcher {
        /**
         * Whether a message is selected. An expression that cannot be evaluated on it, because a value is not the number that it is
         * compared with, selects nothing.
         *
         * @param buffer holds the message; neither its indexes nor its bytes are changed
         * @param at where the stored properties start, as in {@link io.vledger.protocol.message.MessageView#propertiesAt}
         * @param length their bytes
         */
        boolean matches(ByteBuf buffer, int at, int length);
    }
}
