package io.vledger.remoting.frame;

/** Bytes that are no frame of the protocol; ends the connection that they came from. The message says what is wrong. */
public final class BadFrame extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Says what is wrong; has no stack trace, for peers can provoke it as often as they like. */
    public BadFrame(String message) {
        super(message, null, false, false);
    }
}
