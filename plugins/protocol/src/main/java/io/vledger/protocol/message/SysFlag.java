package io.vledger.protocol.message;

/** Bits of a message's {@code sysFlag}. */
public final class SysFlag {
    /** The body is compressed. */
    public static final int COMPRESSED = 0x1;
    /** Mask of the transaction state; 0 is none. */
    public static final int TRANSACTION_MASK = 0xC;
    /** A half message. */
    public static final int TRANSACTION_PREPARED = 0x4;
    /** A committed message. */
    public static final int TRANSACTION_COMMIT = 0x8;
    /** A rolled back message. */
    public static final int TRANSACTION_ROLLBACK = 0xC;
    /** The born host is an IPv6 address. */
    public static final int BORN_HOST_V6 = 0x10;
    /** The store host is an IPv6 address. */
    public static final int STORE_HOST_V6 = 0x20;

    /** Several messages that share a queue offset, in a topic of batches. */
    public static final int INNER_BATCH = 0x80;

    private SysFlag() {}

    /** Whether a message of this flag gets a queue offset: neither prepared nor rolled back. */
    public static boolean queued(int sysFlag) {
        int transaction = sysFlag & TRANSACTION_MASK;
        return transaction == 0 || transaction == TRANSACTION_COMMIT;
    }
}
