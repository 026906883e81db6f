package io.vledger.broker.pop;

import io.vledger.api.rpc.RequestException;
import io.vledger.protocol.ResponseCode;

/**
 * What a client shows to acknowledge a message that it popped: RocketMQ's {@code POP_CK}, eight words with blanks between. Later words
 * are the proxy's. Nothing in it is trusted: it only says which flight to look for.
 *
 * @param start where the pop began to look
 * @param popMs when the message was given out, milliseconds
 * @param invisibleMs for how long it was invisible
 * @param reviveQueue {@link #ORDERLY} for messages in order
 */
record Receipt(long start, long popMs, long invisibleMs, int reviveQueue) {
    /** Revive queue of messages that are consumed in order. */
    static final int ORDERLY = 999;
    /** Revive queue of all others: there is none here, and clients do not look at it. */
    static final int UNORDERED = 0;

    /** Answered to a receipt that is over, superseded or made up. */
    static final String NOT_IN_FLIGHT = "no message is in flight with this receipt: it is over, or of another delivery";

    private static final int MIN_WORDS = 7;
    private static final int MAX_CHARS = 1024;

    /**
     * Reads a receipt.
     *
     * @throws RequestException with code 1, as RocketMQ answers, if it is none
     */
    static Receipt parse(String text, int queueId, long queueOffset) {
        Words words = new Words(text.length() > MAX_CHARS ? "" : text);
        if (words.count() < MIN_WORDS) {
            throw malformed("it has " + words.count() + " words");
        }
        try {
            long start = words.number();
            long popMs = words.number();
            long invisibleMs = words.number();
            int reviveQueue = words.smallNumber();
            words.skip(); // what topic the message is in
            words.skip(); // the broker
            boolean ofQueue = words.smallNumber() == queueId;
            boolean ofMessage = words.count() == MIN_WORDS || words.number() == queueOffset;
            if (!ofQueue || !ofMessage) {
                throw new RequestException(
                        ResponseCode.MESSAGE_ILLEGAL,
                        "the receipt is of another message than queue offset " + queueOffset + " of queue " + queueId);
            }
            return new Receipt(start, popMs, invisibleMs, reviveQueue);
        } catch (NumberFormatException e) {
            throw malformed(String.valueOf(e.getMessage()));
        }
    }

    /** The words of a text, one after the other, without a copy of each: a consumer shows one for every message. */
    private static final class Words {
        private final String text;
        private int at;

        Words(String text) {
            this.text = text;
        }

        int count() {
            int blanks = 0;
            for (int i = text.indexOf(' '); i >= 0; i = text.indexOf(' ', i + 1)) {
                blanks++;
            }
            return blanks + 1;
        }

        private int end() {
            int blank = text.indexOf(' ', at);
            return blank < 0 ? text.length() : blank;
        }

        void skip() {
            at = end() + 1;
        }

        long number() {
            int from = at;
            skip();
            return Long.parseLong(text, from, at - 1, 10);
        }

        int smallNumber() {
            int from = at;
            skip();
            return Integer.parseInt(text, from, at - 1, 10);
        }
    }

    private static RequestException malformed(String why) {
        return new RequestException(ResponseCode.SYSTEM_ERROR, "extraInfo is not the receipt of a pop: " + why);
    }

    boolean orderly() {
        return reviveQueue == ORDERLY;
    }

    /** When the message became visible again, by this receipt. */
    long deadlineMs() {
        long sum = popMs + invisibleMs;
        return sum < popMs ? Long.MAX_VALUE : sum;
    }

    /** The text of a receipt. */
    static String text(Flight flight, int mark, String broker, int queueId, long queueOffset) {
        return flight.start + " " + flight.popMs + " " + flight.invisibleMs + " " + UNORDERED + " " + mark + " "
                + broker + " " + queueId + " " + queueOffset;
    }
}
