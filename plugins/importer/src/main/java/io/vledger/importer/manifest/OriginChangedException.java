package io.vledger.importer.manifest;

import java.io.IOException;

/** The old broker ran again after its data was taken over: people decide. The message says what was found and how to decide. */
public final class OriginChangedException extends IOException {
    private static final long serialVersionUID = 1L;

    /** With a text for people. */
    public OriginChangedException(String message) {
        super(message);
    }
}
