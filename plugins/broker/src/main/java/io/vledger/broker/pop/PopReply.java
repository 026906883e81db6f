package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Encodes the answer to a pop as RocketMQ's clients read it: three texts say for each queue where the pop began, which messages it gave
 * and, in order, how often they were given before; messages from a retry topic carry the topic that the client asked for and their
 * receipt. Loop only.
 */
final class PopReply {
    private final String broker;
    private final MessageView view = new MessageView();

    PopReply(String broker) {
        this.broker = broker;
    }

    /** Answers with messages, which are taken over. */
    void found(Pop pop, List<Portion> portions, long popMs, long rest) {
        StringBuilder starts = new StringBuilder();
        StringBuilder offsets = new StringBuilder();
        StringBuilder counts = new StringBuilder();
        ByteBuf[] bodies = new ByteBuf[portions.size()];
        for (int i = 0; i < bodies.length; i++) {
            Portion portion = portions.get(i);
            int mark = RetryTopics.mark(portion.topic);
            begin(starts, mark, portion).append(portion.start);
            begin(offsets, mark, portion);
            appendOffsets(offsets, portion.offsets());
            if (pop.wish.order()) {
                appendCounts(counts, mark, portion);
            }
            if (!portion.topic.equals(pop.key.topic())) {
                portion.body(underTopic(pop, portion, popMs, mark));
            }
            bodies[i] = portion.takeBody();
        }
        ByteBuf body = bodies.length == 1 ? bodies[0] : Unpooled.wrappedBuffer(bodies);
        int reviveQueue = pop.wish.order() ? Receipt.ORDERLY : Receipt.UNORDERED;
        pop.request.reply(
                ResponseCode.SUCCESS,
                "FOUND",
                sink -> {
                    sink.put("popTime", popMs);
                    sink.put("invisibleTime", pop.wish.invisibleMs());
                    sink.put("reviveQid", reviveQueue);
                    sink.put("restNum", rest);
                    sink.put("startOffsetInfo", starts);
                    sink.put("msgOffsetInfo", offsets);
                    if (pop.wish.order()) {
                        sink.put("orderCountInfo", counts);
                    }
                },
                body);
    }

    /** Answers without messages. */
    static void empty(Pop pop, int code, long popMs, long rest) {
        pop.request.reply(
                code,
                "NO_MESSAGE_IN_QUEUE",
                sink -> {
                    sink.put("popTime", popMs);
                    sink.put("invisibleTime", pop.wish.invisibleMs());
                    sink.put("reviveQid", pop.wish.order() ? Receipt.ORDERLY : Receipt.UNORDERED);
                    sink.put("restNum", rest);
                    sink.put("startOffsetInfo", "");
                    sink.put("msgOffsetInfo", "");
                },
                null);
    }

    private static StringBuilder begin(StringBuilder text, int mark, Portion portion) {
        if (!text.isEmpty()) {
            text.append(';');
        }
        return text.append(mark).append(' ').append(portion.queue.queueId).append(' ');
    }

    private static void appendOffsets(StringBuilder text, long[] queueOffsets) {
        for (int i = 0; i < queueOffsets.length; i++) {
            if (i > 0) {
                text.append(',');
            }
            text.append(queueOffsets[i]);
        }
    }

    /** Counts above 0 of single messages, and the lowest of the queue, which older clients read. */
    private static void appendCounts(StringBuilder text, int mark, Portion portion) {
        OrderLock lock = portion.queue.lock();
        int lowest = Integer.MAX_VALUE;
        for (long queueOffset : portion.offsets()) {
            int index = lock == null ? -1 : lock.indexOf(queueOffset);
            int count = lock == null || index < 0 ? 0 : lock.given[index];
            if (count > 0) {
                text.append(text.isEmpty() ? "" : ";").append(mark).append(" qo");
                text.append(portion.queue.queueId).append('%').append(queueOffset);
                text.append(' ').append(count);
            }
            lowest = Math.min(lowest, count);
        }
        begin(text, mark, portion).append(lowest);
    }

    /** The messages of a retry topic under the topic that the client asked for, with their receipts. */
    private ByteBuf underTopic(Pop pop, Portion portion, long popMs, int mark) {
        ByteBuf source = portion.body();
        byte[] topic = pop.key.topic().getBytes(StandardCharsets.UTF_8);
        Flight flight = Flight.key(portion.start, popMs, pop.wish.invisibleMs());
        ByteBuf target = PooledByteBufAllocator.DEFAULT.directBuffer(source.readableBytes() + 128 * portion.messages());
        int at = source.readerIndex();
        for (long queueOffset : portion.offsets()) {
            String wrong = view.wrap(source, at, source.writerIndex() - at);
            if (wrong != null) {
                throw new IllegalStateException(wrong);
            }
            String receipt = Receipt.text(flight, mark, broker, portion.queue.queueId, queueOffset);
            write(target, topic, receipt);
            at += view.totalSize();
        }
        return target;
    }

    private void write(ByteBuf target, byte[] topic, String receipt) {
        ByteBuf source = view.buffer();
        int from = target.writerIndex();
        boolean wide = topic.length > MessageView.MAX_V1_TOPIC_BYTES;
        target.writeBytes(source, view.at(), view.bodyAt() + view.bodyLength() - view.at());
        target.setInt(from + Integer.BYTES, wide ? MessageView.MAGIC_V2 : MessageView.MAGIC_V1);
        if (wide) {
            target.writeShort(topic.length);
        } else {
            target.writeByte(topic.length);
        }
        target.writeBytes(topic);
        int lengthAt = target.writerIndex();
        target.writeShort(0);
        MessageProperties.append(target, PropertyNames.POP_CK, receipt);
        int added = target.writerIndex() - lengthAt - Short.BYTES;
        int room = MessageView.MAX_PROPERTIES_BYTES - added;
        if (view.propertiesLength() <= room) {
            target.writeBytes(source, view.propertiesAt(), view.propertiesLength());
        }
        target.setShort(lengthAt, target.writerIndex() - lengthAt - Short.BYTES);
        target.setInt(from, target.writerIndex() - from);
    }
}
