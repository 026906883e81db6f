package io.vledger.broker.transaction;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.broker.state.QueueCursors;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.PropertyNames;

/**
 * The mark of a half message that was committed or rolled back, in the op topic as RocketMQ 5 has it: tag {@code d}, and the half
 * message's queue offset with a comma behind it as body. Reused; loop only.
 */
final class OpMessage {
    private static final String REMOVE_TAG = "d";

    private final QueueCursors cursors;
    private final byte[] storeHost;
    private final MessageDraft draft = new MessageDraft();
    private final ByteBuf body = Unpooled.buffer(Long.SIZE / 3);
    private final ByteBuf properties = Unpooled.buffer();

    /**
     * Marks that a host stores.
     *
     * @param storeHost see {@link io.vledger.protocol.message.HostBytes}
     */
    OpMessage(QueueCursors cursors, byte[] storeHost) {
        this.cursors = cursors;
        this.storeHost = storeHost;
        MessageProperties.append(properties, PropertyNames.TAGS, REMOVE_TAG);
        MessageProperties.append(properties, PropertyNames.WAIT, "true");
    }

    /** Makes this the mark of a half message; returns the bytes that {@link #write} will write. */
    int of(long halfQueueOffset, TopicQueue target, long nowMs) {
        body.clear();
        ByteBufUtil.writeAscii(body, Long.toString(halfQueueOffset));
        body.writeByte(',');
        draft.queue(target.id(), 0)
                .sysFlag(0)
                .born(nowMs, storeHost)
                .stored(nowMs, storeHost)
                .reconsumeTimes(0)
                .preparedOffset(0);
        prepare(target);
        return draft.size();
    }

    /** Appends the mark to an entry and takes the next queue offset of its queue. */
    void write(ByteBuf entry, TopicQueue target, long position) {
        prepare(target);
        draft.write(entry, cursors.next(target), position);
        cursors.advance(target, 1);
    }

    private void prepare(TopicQueue target) {
        draft.topic(target.topic().utf8())
                .body(body, 0, body.readableBytes())
                .properties(properties, 0, properties.readableBytes());
    }
}
