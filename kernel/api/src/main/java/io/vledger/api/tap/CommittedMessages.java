package io.vledger.api.tap;

import io.vledger.api.group.Group;
import io.vledger.api.store.StoreException;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The messages of one group as this member has committed and applied them, in the order of the log, which is the same on every
 * member. Offered as a service under the group's name. Any thread.
 */
public interface CommittedMessages {
    /** Name of the group. */
    String group();

    /** Whether this member leads the group now. */
    boolean leads();

    /** Index of the oldest entry that is still in the log. */
    long firstIndex();

    /** Index of the last entry that may be read. */
    long lastIndex();

    /**
     * Runs a task whenever {@link #lastIndex} has risen, once for many entries. On the group's loop: the task must not block, so it
     * usually wakes a thread of its own. Any thread.
     *
     * @return ends it
     */
    Group.Registration onProgress(Runnable task);

    /**
     * Visits the messages of the entries from an index on, as many whole entries as {@code maxBytes} allows, at least one.
     * Blocks while the disk is read: not on an event loop.
     *
     * @param fromIndex within {@link #firstIndex} and {@link #lastIndex}
     * @param topics which topics are wanted; what is not is not copied
     * @return the index to continue from
     * @throws StoreException.OutOfRange if the entry is not, or no longer, in the log
     */
    long read(long fromIndex, int maxBytes, Predicate<String> topics, Consumer<CommittedMessage> visitor)
            throws StoreException;
}
