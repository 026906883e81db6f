package io.vledger.broker.transaction;

/** What becomes of a half message. The numbers are part of the log format. */
enum Outcome {
    /** It was committed: the message and the mark in the op topic are stored with it. */
    COMMITTED(1),
    /** It was rolled back: the mark in the op topic is stored with it. */
    ROLLED_BACK(2),
    /** It was checked too often, or is too old: it is stored in the topic of those that were given up. */
    GIVEN_UP(3),
    /** It is stored again as the next half message, because it is about to be checked or its log file is about to be deleted. */
    MOVED(4);

    private final int number;

    Outcome(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    static Outcome of(int number) {
        for (Outcome outcome : values()) {
            if (outcome.number == number) {
                return outcome;
            }
        }
        throw new IllegalStateException("a half message has no outcome " + number);
    }
}
