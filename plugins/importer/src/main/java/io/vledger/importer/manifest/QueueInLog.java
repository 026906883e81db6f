package io.vledger.importer.manifest;

/**
 * How far a queue reaches in the old log. Where its first and its last message lie distinguishes it from a queue of the same name that was
 * deleted before, whose numbers were the same.
 *
 * @param min queue offset of the first message that is still in the log; equals {@code max} if there is none
 * @param max queue offset of the next message
 * @param first position of the first message; -1 if there is none
 * @param last position of the last message; -1 if there is none
 */
record QueueInLog(long min, long max, long first, long last) {
    /** Of a queue without messages. */
    static QueueInLog none(long max) {
        return new QueueInLog(max, max, -1, -1);
    }
}
