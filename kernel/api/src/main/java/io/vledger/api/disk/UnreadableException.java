package io.vledger.api.disk;

import java.io.IOException;

/** The device cannot return bytes that a file has: they are lost, other bytes of the file may be there. */
public final class UnreadableException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Names the file and the place. */
    public UnreadableException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Names the file and the place. */
    public UnreadableException(String message) {
        super(message);
    }
}
