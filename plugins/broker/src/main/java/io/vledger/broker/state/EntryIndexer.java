package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.IndexSink;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.IndexedProperties;
import io.vledger.protocol.message.KeyHash;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.SysFlag;
import io.vledger.protocol.message.TagsCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says what a message puts into the queue index and the key index: one place for the applying of entries and for the rebuilding of an
 * index that was damaged. Loop only.
 */
final class EntryIndexer {
    private final Topics topics;
    private final MessageView view = new MessageView();
    private final List<StatePart> parts;
    private final LeftOut leftOut;
    private final IndexedProperties properties = new IndexedProperties();

    EntryIndexer(Topics topics, List<StatePart> parts, LeftOut leftOut) {
        this.topics = topics;
        this.leftOut = leftOut;
        this.parts = parts;
    }

    /**
     * The unit and the keys of one message.
     *
     * @param topic its topic's name
     * @param keySeed of the topic
     * @param queueKey its queue; negative if that is gone: it has keys only
     * @return what is in its unit
     */
    long message(ByteBuf payload, MessageView message, String topic, long keySeed, long queueKey, IndexSink sink) {
        long position = message.physicalOffset();
        long stored = message.storeTimestamp();
        properties.scan(payload, message.propertiesAt(), message.propertiesLength());
        long code = code(payload, message, topic);
        if (queueKey >= 0) {
            sink.unit(queueKey, message.queueOffset(), position, message.totalSize(), code);
        }
        if (properties.uniqueKeyLength() > 0) {
            long hash = KeyHash.of(keySeed, payload, properties.uniqueKeyAt(), properties.uniqueKeyLength());
            sink.key(hash, position, stored);
        }
        int from = properties.keysAt();
        int end = from + properties.keysLength();
        while (from < end) {
            int blank = payload.indexOf(from, end, (byte) ' ');
            int to = blank < 0 ? end : blank;
            if (to > from) {
                sink.key(KeyHash.of(keySeed, payload, from, to - from), position, stored);
            }
            from = to + 1;
        }
        return code;
    }

    /** What consumers' filters look at; in topics where messages wait, what their delivery looks at. */
    private long code(ByteBuf payload, MessageView message, String topic) {
        return switch (topic) {
            // Delay levels are configured on each node, so the unit of a delayed message holds what all agree on: when
            // it was stored. RocketMQ keeps the time of delivery there.
            case TopicNames.SCHEDULE -> message.storeTimestamp();
            case TopicNames.TIMER -> message.preparedOffset();
            default -> TagsCode.of(payload, properties.tagsAt(), properties.tagsLength());
        };
    }

    /** The units and keys of all messages of an entry that was applied. */
    void entry(byte kind, long position, ByteBuf payload, IndexSink sink) {
        int start = payload.readerIndex();
        if (kind == BrokerEntry.MESSAGES) {
            while (payload.isReadable()) {
                if (leftOut.has(position + payload.readerIndex() - start)) {
                    skipPart(kind, payload);
                } else {
                    stored(payload, payload.readableBytes(), false, sink);
                }
            }
        } else if (kind == BrokerEntry.SCHEDULED_DELIVERY) {
            while (payload.isReadable()) {
                if (leftOut.has(position + payload.readerIndex() - start)) {
                    skipPart(kind, payload);
                    continue;
                }
                payload.skipBytes(BrokerEntry.DELIVERY_HEADER_BYTES - Integer.BYTES);
                messages(
                        payload,
                        StateText.count(payload.readInt(), payload.readableBytes(), "bytes of messages"),
                        true,
                        sink);
            }
        } else if (kind >= BrokerEntry.FIRST_PART_KIND) {
            boolean delivers = parts.stream().anyMatch(part -> part.delivers(kind));
            while (payload.isReadable()) {
                if (leftOut.has(position + payload.readerIndex() - start)) {
                    skipPart(kind, payload);
                    continue;
                }
                ByteBuf header = PartEntry.header(payload);
                int bytes = PartEntry.messageBytes(payload);
                long messagesAt = position + payload.readerIndex() - start;
                parts.stream()
                        .filter(part -> part.owns(kind))
                        .forEach(part -> part.index(kind, messagesAt, header, sink));
                messages(payload, bytes, delivers, sink);
            }
        }
    }

    /** Passes over the next part of an entry, or message; of a kind that may contradict the state. */
    void skipPart(byte kind, ByteBuf payload) {
        if (kind == BrokerEntry.MESSAGES) {
            payload.skipBytes(view(payload, payload.readableBytes()));
        } else if (kind == BrokerEntry.SCHEDULED_DELIVERY) {
            payload.skipBytes(BrokerEntry.DELIVERY_HEADER_BYTES - Integer.BYTES);
            payload.skipBytes(PartEntry.messageBytes(payload));
        } else {
            payload.skipBytes(PartEntry.skipToMessages(payload));
        }
    }

    private int view(ByteBuf payload, int bytes) {
        String wrong = view.wrap(payload, payload.readerIndex(), bytes);
        if (wrong != null) {
            throw new IllegalStateException(wrong);
        }
        return view.totalSize();
    }

    private void messages(ByteBuf payload, int bytes, boolean delivered, IndexSink sink) {
        int end = payload.readerIndex() + bytes;
        while (payload.readerIndex() < end) {
            stored(payload, end - payload.readerIndex(), delivered, sink);
        }
    }

    /** The next message, which has at most this many bytes. */
    private void stored(ByteBuf payload, int bytes, boolean delivered, IndexSink sink) {
        payload.skipBytes(view(payload, bytes));
        if (!SysFlag.queued(view.sysFlag())) {
            return;
        }
        Topic topic = topics.find(payload, view.topicAt(), view.topicLength());
        @Nullable TopicQueue queue = topic == null ? null : topic.queue(view.queueId());
        String name = topic == null ? view.topic() : topic.name();
        long seed = topic == null ? KeyHash.seed(name) : topic.keySeed();
        long code = message(payload, view, name, seed, queue == null ? -1 : queue.key(), sink);
        if (queue != null) {
            parts.forEach(part -> part.index(name, view, sink));
            if (delivered) {
                parts.forEach(part -> part.indexDelivered(name, view, code, sink));
            }
        }
    }
}
