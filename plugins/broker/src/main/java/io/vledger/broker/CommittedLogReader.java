package io.vledger.broker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.tap.CommittedMessage;
import io.vledger.api.tap.CommittedMessages;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.PartEntry;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.MessageView;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Reads committed messages out of a group's log. Listens to the state for what was applied. */
public final class CommittedLogReader implements CommittedMessages, BrokerListener {
    private final Group group;
    private final LogStore log;
    private final List<Runnable> tasks = new CopyOnWriteArrayList<>();
    /** Newer than the group's status, which is published now and then. */
    private volatile long applied;

    /** A reader of a group's log. */
    public CommittedLogReader(Group group, LogStore log) {
        this.group = group;
        this.log = log;
    }

    @Override
    public String group() {
        return group.name();
    }

    @Override
    public boolean leads() {
        return group.status().role() == GroupRole.LEADER;
    }

    @Override
    public long firstIndex() {
        return group.status().firstIndex();
    }

    @Override
    public long lastIndex() {
        return Math.max(applied, group.status().appliedIndex());
    }

    @Override
    public Group.Registration onProgress(Runnable task) {
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    @Override
    public void applied(long index) {
        applied = index;
        tasks.forEach(Runnable::run);
    }

    @Override
    public long read(long fromIndex, int maxBytes, Predicate<String> topics, Consumer<CommittedMessage> visitor)
            throws StoreException {
        long last = lastIndex();
        LogBatch batch = log.readBatch(fromIndex, maxBytes);
        try {
            long index = fromIndex;
            // What was written and is not committed may lie behind, and may be replaced.
            for (; index <= Math.min(last, batch.lastIndex()); index++) {
                visit(batch, index, topics, visitor);
            }
            return index;
        } finally {
            batch.release();
        }
    }

    private static void visit(
            LogBatch batch, long index, Predicate<String> topics, Consumer<CommittedMessage> visitor) {
        ByteBuf payload = batch.payloadAt(index);
        byte kind = batch.kindAt(index);
        int number = 0;
        if (kind == BrokerEntry.MESSAGES) {
            visit(payload, payload.readableBytes(), index, number, topics, visitor);
        } else if (kind == BrokerEntry.SCHEDULED_DELIVERY) {
            while (payload.isReadable()) {
                payload.skipBytes(BrokerEntry.DELIVERY_HEADER_BYTES - Integer.BYTES);
                number = visit(payload, payload.readInt(), index, number, topics, visitor);
            }
        } else if (kind >= BrokerEntry.FIRST_PART_KIND) {
            while (payload.isReadable()) {
                number = visit(payload, PartEntry.skipToMessages(payload), index, number, topics, visitor);
            }
        }
    }

    private static int visit(
            ByteBuf payload,
            int bytes,
            long index,
            int firstNumber,
            Predicate<String> topics,
            Consumer<CommittedMessage> visitor) {
        MessageView message = new MessageView();
        int at = payload.readerIndex();
        int end = at + bytes;
        int number = firstNumber;
        while (at < end) {
            String wrong = message.wrap(payload, at, end - at);
            if (wrong != null) {
                throw new IllegalStateException("entry " + index + ", message " + number + ": " + wrong);
            }
            String topic = message.topic();
            if (topics.test(topic)) {
                visitor.accept(new CommittedMessage(
                        index,
                        number,
                        topic,
                        message.queueId(),
                        message.queueOffset(),
                        message.physicalOffset(),
                        message.storeTimestamp(),
                        MessageProperties.all(payload, message.propertiesAt(), message.propertiesLength()),
                        ByteBufUtil.getBytes(payload, message.bodyAt(), message.bodyLength())));
            }
            number++;
            at += message.totalSize();
        }
        payload.readerIndex(end);
        return number;
    }
}
