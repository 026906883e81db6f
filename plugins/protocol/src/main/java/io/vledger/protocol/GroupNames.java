package io.vledger.protocol;

/** Names of RocketMQ's own consumer groups. */
public final class GroupNames {
    /** Reads half messages, whose offsets say how far transactions are settled. */
    public static final String TRANSACTIONS = "CID_RMQ_SYS_TRANS";

    private GroupNames() {}
}
