package io.vledger.broker.filter;

/** An expression that is none of its type; the message says where and why, in one line. Clients are answered 23. */
public final class FilterException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public FilterException(String message) {
        super(message);
    }

    /**
     * What is wrong at a place.
     *
     * @param position of the character, from 1 on
     */
    FilterException(int position, String reason) {
        super("at character " + position + ": " + reason);
    }
}
