package io.vledger.protocol;

/** Bits of RocketMQ's permissions of topics and brokers, {@code perm}. */
public final class Permission {
    /** Automatically created topics may inherit the topic's configuration. */
    public static final int INHERIT = 1;
    /** Producers may write. */
    public static final int WRITE = 1 << 1;
    /** Consumers may read. */
    public static final int READ = 1 << 2;
    /** RocketMQ's {@code PERM_PRIORITY}; no effect. */
    public static final int PRIORITY = 1 << 3;
    /** The usual permission. */
    public static final int READ_WRITE = READ | WRITE;

    private Permission() {}
}
