package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.ContradictionException;
import io.vledger.api.origin.InitialState;
import io.vledger.api.store.IndexSink;
import io.vledger.protocol.message.MessageView;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A part of the replicated state that has entry kinds and a snapshot section of its own: what a feature keeps for the whole group.
 * {@link BrokerState} calls it in log order, on the loop. The rules of this package hold: what it does depends on nothing but entries, so it
 * has no clock, randomness or configuration of the node, and replicas that applied the same entries write the same bytes.
 */
public interface StatePart {
    /** The number of its section in snapshots, by convention its first entry kind; never given to another part. */
    int section();

    /** Whether entries of this kind are this part's; see {@link PartEntry} for their bytes. */
    boolean owns(byte kind);

    /**
     * Applies the header of a part of an entry. The messages of the same part are applied after this returns.
     *
     * @param position where the messages of the same part begin in the log
     * @param header valid during the call; need not be read to its end
     */
    void apply(byte kind, long position, ByteBuf header);

    /**
     * Looks whether {@link #apply} may be called with this header, and changes nothing.
     *
     * @param header need not be read to its end
     * @param ahead takes the queue offsets that the header gives out
     * @throws ContradictionException if the header contradicts the state: the part of the entry is left out
     */
    default void check(byte kind, long position, ByteBuf header, Ahead ahead) {}

    /**
     * Looks whether {@link #delivered} may be called with a message, and changes nothing.
     *
     * @param ahead takes the queue offsets that the message names
     * @throws ContradictionException if the message contradicts the state
     */
    default void checkDelivered(String topic, MessageView message, Ahead ahead) {}

    /**
     * Reads a header that another member sent, of a part that is clear and is cleared again afterwards: its own bytes, not what they mean for
     * the state. Parts whose headers contradict a clear state read them here without applying them.
     *
     * @throws RuntimeException if it cannot be read
     */
    default void tryHeader(byte kind, long position, ByteBuf header) {
        apply(kind, position, header);
    }

    /** What sees the messages of a topic, by the topic's name; one observer a topic. Asked once. */
    default Map<String, MessageObserver> observers() {
        return Map.of();
    }

    /** Gives the part what it may change beside its own state while it applies. Once, before anything else. */
    default void attach(ConsumerOffsets offsets) {}
    /**
     * Says which units the header of a part of an entry added to the queue index, for its rebuilding; those of the messages of the same part are not
     * among them.
     *
     * @param position as in {@link #apply}
     */
    default void index(byte kind, long position, ByteBuf header, IndexSink sink) {}

    /**
     * Says which units a message added to the queue index beside its own, for its rebuilding.
     *
     * @param topic its topic's name
     * @param message valid during the call
     */
    default void index(String topic, MessageView message, IndexSink sink) {}

    /** Whether messages of entries of a kind are delivered by them, after they have waited elsewhere. */
    default boolean delivers(byte kind) {
        return false;
    }

    /**
     * A message was delivered that had waited, by any part's entry, and is in the queue of its topic now.
     *
     * @param topic its topic's name
     * @param message valid during the call
     * @param tagsCode what its queue unit has
     */
    default void delivered(String topic, MessageView message, long tagsCode) {}

    /** Says which units {@link #delivered} adds to the queue index, for its rebuilding; as {@link #index}. */
    default void indexDelivered(String topic, MessageView message, long tagsCode, IndexSink sink) {}

    /** A run of entries was applied; as {@link BrokerState#applied}. */
    default void applied() {}

    /** What this part shows to clients as a topic of this name though it is none; null for nothing. */
    default @Nullable Topic topic(String name) {
        return null;
    }

    /** Back to the state of a new group. */
    void clear();

    /** Fills the state of a new group, which is clear, with what an earlier broker knew. */
    default void fill(InitialState known) {}

    /**
     * As {@link #fill(InitialState)}.
     *
     * @param end log position below which messages are the earlier broker's
     */
    default void fill(InitialState known, long end) {
        fill(known);
    }

    /** Appends the state to a snapshot. */
    void write(ByteBuf target);

    /**
     * Replaces the state by what {@link #write} wrote.
     *
     * @param source ends where the section ends; must be read completely
     * @throws IllegalStateException if it cannot be understood
     */
    void read(ByteBuf source);

    /** A tool has sent a group to another queue offset of a queue; -1 for none. The consumer offset has changed already. */
    default void offsetReset(ConsumerOffsets.GroupTopic key, int queueId, long queueOffset) {}

    /** A topic was deleted. */
    default void topicRemoved(String topic) {}

    /** A subscription group was deleted. */
    default void groupRemoved(String group) {}
}
