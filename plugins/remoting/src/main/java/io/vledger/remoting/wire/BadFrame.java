package io.vledger.remoting.wire;

/** Bytes that are no frame of the protocol; ends the connection that they came from. The message says what is wrong. */
final class BadFrame extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadFrame(String message) {
        super(message, null, false, false);
    }
}
