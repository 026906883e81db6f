package io.vledger.grpc.message;

import org.jspecify.annotations.Nullable;

/**
 * What names a transaction to its client: the message id, and where the half message lies. Nothing of it is kept here, so any member takes
 * the outcome. The client does not look into it, and the broker checks what it claims.
 *
 * @param messageId id of the half message, its {@code UNIQ_KEY}
 * @param broker the group that has it
 * @param queueOffset its queue offset among half messages
 * @param physicalOffset its place in the log
 */
public record TransactionId(String messageId, String broker, long queueOffset, long physicalOffset) {
    private static final int WORDS = 4;
    private static final int MAX_CHARS = 1024;

    /** Reads a transaction id; null if the text is none. */
    public static @Nullable TransactionId parse(String text) {
        String[] words = text.length() > MAX_CHARS ? new String[0] : text.split(" ", WORDS);
        if (words.length != WORDS) {
            return null;
        }
        try {
            return new TransactionId(words[3], words[2], Long.parseLong(words[0]), Long.parseLong(words[1]));
        } catch (NumberFormatException none) {
            return null;
        }
    }

    /** The text that clients are given. */
    public String text() {
        return queueOffset + " " + physicalOffset + " " + broker + " " + messageId;
    }
}
