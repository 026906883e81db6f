package io.vledger.importer.format;

/** How messages lie in a file. */
public enum Framing {
    /** A classic commit log: message behind message. */
    CLASSIC(0),
    /** A DLedger group's data: an entry header of 48 bytes before each message. */
    DLEDGER(48);

    private final int headerBytes;

    Framing(int headerBytes) {
        this.headerBytes = headerBytes;
    }

    /** Bytes before each message. */
    public int headerBytes() {
        return headerBytes;
    }
}
