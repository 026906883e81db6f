package io.vledger.protocol;

/** Names of topic attributes that more than one part gives a meaning to. */
public final class TopicAttributeNames {
    /** Which messages a topic takes: {@code NORMAL}, {@code FIFO}, {@code DELAY}, {@code TRANSACTION} or {@code MIXED}. */
    public static final String MESSAGE_TYPE = "message.type";

    private TopicAttributeNames() {}
}
