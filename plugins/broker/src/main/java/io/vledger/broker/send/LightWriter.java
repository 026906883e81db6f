package io.vledger.broker.send;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.broker.group.LightOffsets;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.LightQueues;
import io.vledger.broker.state.PartEntry;
import io.vledger.broker.state.QueueCursors;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.IndexedProperties;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.TagsCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stores messages that are in light queues too, as entries that say which. Loop only. */
public final class LightWriter {
    private final Group group;
    private final QueueCursors cursors;
    private final Traffic traffic;
    private final LightOffsets offsets;

    private final IndexedProperties tags = new IndexedProperties();
    private long position;
    private long queueOffset;

    /**
     * A writer of a group.
     *
     * @param traffic counts what is stored
     * @param offsets gives out queue offsets
     */
    public LightWriter(Group group, QueueCursors cursors, Traffic traffic, LightOffsets offsets) {
        this.traffic = traffic;
        this.group = group;
        this.cursors = cursors;
        this.offsets = offsets;
    }

    /** Whether messages of a topic may be put into light queues. */
    boolean serves(Topic topic) {
        return offsets.serves(topic);
    }

    /** Begins to plan the messages of an entry. */
    LightOffsets.Plan plan() {
        return offsets.plan();
    }

    /** Bytes of a message in an entry that {@link #begin} began. */
    static int bytes(List<String> names, int messageBytes) {
        return PartEntry.bytes(LightQueues.headerBytes(names), messageBytes);
    }

    /**
     * Begins an entry. Must be followed by {@link #append} and {@link #submit} at once if this returns null.
     *
     * @param bytes of all its messages, each as {@link #bytes} says
     * @return null, or why nothing happened
     */
    @Nullable
    Refusal begin(int bytes, LightOffsets.Plan plan) {
        Refusal refusal = plan.refusal();
        if (refusal == null) {
            refusal = group.begin(LightQueues.DISPATCH, BrokerEntry.VERSION, bytes);
        }
        if (refusal == null) {
            plan.take();
        }
        return refusal;
    }

    /**
     * Encodes a message whose draft is filled except for queue offset and position.
     *
     * @param properties the message's, as they are in the draft
     * @param names its light queues, none or those whose queue offsets the properties have
     * @param given those queue offsets, with commas between
     */
    void append(TopicQueue queue, MessageDraft draft, ByteBuf properties, List<String> names, String given) {
        int size = draft.size();
        tags.scan(properties, properties.readerIndex(), properties.readableBytes());
        long tagsCode = TagsCode.of(properties, tags.tagsAt(), tags.tagsLength());
        ByteBuf target = group.buffer();
        PartEntry.beginHeader(target, LightQueues.headerBytes(names));
        LightQueues.writeHeader(target, size, tagsCode, names, given);
        PartEntry.beginMessages(target, size);
        position = group.bufferPosition();
        queueOffset = cursors.next(queue);
        draft.write(target, queueOffset, position);
        cursors.advance(queue, 1);
    }

    /** Ends what {@link #begin} began. */
    void submit(LightOffsets.Plan plan, Completion completion) {
        group.submit(outcome -> {
            if (outcome == null) {
                traffic.light(plan.count());
            }
            completion.done(outcome);
        });
    }

    /** Log position of the message that was appended last. */
    long position() {
        return position;
    }

    /** Queue offset of the message that was appended last, in the queue that it was sent to. */
    long queueOffset() {
        return queueOffset;
    }
}
