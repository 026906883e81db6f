package io.vledger.raft;

import org.jspecify.annotations.Nullable;

/**
 * An entry of a test log.
 *
 * @param value what a client proposed, or a name for an entry of Raft itself
 * @param members the member list it carries, or null
 */
record LogEntry(long index, long term, String value, @Nullable Members members) {
    @Override
    public String toString() {
        return index + ":" + term + ":" + value;
    }
}
