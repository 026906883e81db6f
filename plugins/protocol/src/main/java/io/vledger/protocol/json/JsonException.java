package io.vledger.protocol.json;

/** A text is not JSON, or not of the expected shape; the message names what and where. */
public final class JsonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A failure with a message for a person to read. */
    public JsonException(String message) {
        super(message);
    }
}
