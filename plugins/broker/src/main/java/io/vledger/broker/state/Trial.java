package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.protocol.message.MessageView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether entries and snapshots of another member can be read, tried on a state of its own that is always a new group's. What contradicts
 * the real state, such as a message of a topic that there is not, is not found here. Loop only.
 */
final class Trial {
    /** Least heap that a queue takes, twice, and as much again for the rest. */
    private static final int BYTES_PER_QUEUE = 64;

    private final BrokerState scratch;
    private final List<StatePart> parts;
    private final MessageView message = new MessageView();

    /** @param scratch a state that nothing else uses */
    Trial(BrokerState scratch, List<StatePart> parts) {
        this.scratch = scratch;
        this.parts = parts;
        scratch.topics().bound(Runtime.getRuntime().maxMemory() / BYTES_PER_QUEUE);
    }

    /** What is wrong with an entry; null if nothing is. */
    @Nullable
    String entry(byte kind, short version, long position, ByteBuf payload) {
        if (version != BrokerEntry.VERSION) {
            return "kind " + kind + " with payload version " + version;
        }
        try {
            if (kind == BrokerEntry.MESSAGES) {
                return messages(position, payload, payload.readableBytes());
            }
            int start = payload.readerIndex();
            String wrong = null;
            while (payload.isReadable() && wrong == null) {
                wrong = part(kind, position + payload.readerIndex() - start, payload);
            }
            return wrong;
        } catch (RuntimeException unreadable) { // whatever foreign bytes make of a reader
            return "kind " + kind + ": " + unreadable.getMessage();
        }
    }

    private @Nullable String messages(long position, ByteBuf payload, int bytes) {
        int at = payload.readerIndex();
        int end = at + bytes;
        long physical = position;
        while (at < end) {
            String wrong = message.wrap(payload, at, end - at);
            if (wrong == null && message.physicalOffset() != physical) {
                wrong = "a message at position " + physical + " claims position " + message.physicalOffset();
            }
            if (wrong != null) {
                return wrong;
            }
            at += message.totalSize();
            physical += message.totalSize();
        }
        payload.skipBytes(bytes);
        return null;
    }

    private @Nullable String part(byte kind, long position, ByteBuf payload) {
        switch (kind) {
            case BrokerEntry.TOPIC_PUT -> TopicConfig.read(payload);
            case BrokerEntry.TOPIC_DELETE -> StateText.read(payload);
            case BrokerEntry.GROUP_PUT -> SubscriptionGroup.read(payload);
            case BrokerEntry.GROUP_DELETE -> {
                StateText.read(payload);
                payload.readBoolean();
            }
            case BrokerEntry.CONSUMER_OFFSETS, BrokerEntry.OFFSET_RESET_DONE -> ConsumerOffsets.check(payload);
            case BrokerEntry.OFFSET_RESET -> {
                payload.readBoolean();
                ConsumerOffsets.check(payload);
            }
            case BrokerEntry.SCHEDULED_DELIVERY -> {
                StateText.count(payload.readInt() - 1, SystemNames.MAX_DELAY_LEVELS - 1, "as delay level");
                payload.readLong();
                int bytes = StateText.count(payload.readInt(), payload.readableBytes(), "bytes of messages");
                return messages(position + BrokerEntry.DELIVERY_HEADER_BYTES, payload, bytes);
            }
            default -> {
                return ofPart(kind, position, payload);
            }
        }
        return null;
    }

    private @Nullable String ofPart(byte kind, long position, ByteBuf payload) {
        for (StatePart part : parts) {
            if (part.owns(kind)) {
                ByteBuf header = PartEntry.header(payload);
                int bytes = PartEntry.messageBytes(payload);
                long messagesAt = position + PartEntry.bytes(header.readableBytes(), 0);
                try {
                    part.tryHeader(kind, messagesAt, header);
                } finally {
                    part.clear();
                    scratch.offsets().clear();
                }
                return messages(messagesAt, payload, bytes);
            }
        }
        return "an entry of kind " + kind + ", which this version does not know";
    }

    /** What is wrong with a snapshot; null if nothing is. */
    @Nullable
    String snapshot(ByteBuf snapshot) {
        try {
            scratch.restore(snapshot.duplicate());
            return null;
        } catch (RuntimeException unreadable) { // whatever foreign bytes make of a reader
            return "a snapshot: " + unreadable.getMessage();
        } finally {
            scratch.restore(snapshot.slice(snapshot.readerIndex(), 0));
        }
    }
}
