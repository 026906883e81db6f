package io.vledger.broker.filter;

/** An expression that is none of its type; the message says where and why, in one line. Clients are answered 23. */
public final class FilterException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    /** What is wrong. */
    public FilterException(String reason) {
        super(reason);
        this.reason = reason;
    }

    /**
     * What is wrong at a place.
     *
     * @param position of the character, from 1 on
     */
    FilterException(int position, String reason) {
        this("at character " + position + ": " + reason);
    }

    /** What is wrong and where. */
    public String reason() {
        return reason;
    }
}
