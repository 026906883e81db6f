package io.vledger.grpc.message;

import org.jspecify.annotations.Nullable;

/**
 * What a client shows to acknowledge a message: the receipt of the broker's POP and, behind it, where the message lies in the log. Nothing
 * of it is kept here, so any member takes it.
 *
 * @param text the receipt as the client shows it
 * @param mark from which topic the message was popped: 0 the topic itself, 1 and 2 a retry topic
 * @param broker the group that the message is of
 * @param queueId its queue
 * @param queueOffset its queue offset
 * @param physicalOffset its place in the log; -1 if the receipt does not say
 * @param visibleMs when it became visible again, by the broker's clock
 */
public record ReceiptHandle(
        String text, int mark, String broker, int queueId, long queueOffset, long physicalOffset, long visibleMs) {
    private static final int WORDS = 8;
    private static final int MAX_CHARS = 1024;
    private static final int RETRY_V1 = 1;
    private static final int RETRY_V2 = 2;

    /** Reads a receipt; null if the text is none. */
    public static @Nullable ReceiptHandle parse(String text) {
        String[] words = text.length() > MAX_CHARS ? new String[0] : text.split(" ", -1);
        if (words.length < WORDS) {
            return null;
        }
        try {
            return new ReceiptHandle(
                    text,
                    Integer.parseInt(words[4]),
                    words[5],
                    Integer.parseInt(words[6]),
                    Long.parseLong(words[7]),
                    words.length > WORDS ? Long.parseLong(words[8]) : -1,
                    Long.parseLong(words[1]) + Long.parseLong(words[2]));
        } catch (NumberFormatException none) {
            return null;
        }
    }

    /** The topic that the message was popped from. */
    public String realTopic(String topic, String group) {
        return switch (mark) {
            case RETRY_V1 -> "%RETRY%" + group + "_" + topic;
            case RETRY_V2 -> "%RETRY%" + group + "+" + topic;
            default -> topic;
        };
    }

    /** The receipt of the same message after its invisible time was changed. */
    public String changed(long popMs, long invisibleMs, int reviveQueue) {
        return queueOffset + " " + popMs + " " + invisibleMs + " " + reviveQueue + " " + mark + " " + broker + " "
                + queueId + " " + queueOffset + (physicalOffset < 0 ? "" : " " + physicalOffset);
    }
}
