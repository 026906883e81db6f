package io.vledger.broker.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.broker.state.QueueCursors;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.MessageView;

/**
 * Stores a message again, in another queue and with other properties: what is delivered later, tried again or committed is a copy of
 * what was stored before. Born host and time, store host, body, flag and everything that is not changed stay. Reused for one message
 * after the other; {@link #of} begins each. Loop only.
 */
public final class MessageCopy {
    private final QueueCursors cursors;
    private final MessageDraft draft = new MessageDraft();
    private final ByteBuf properties = Unpooled.buffer(1024);
    private int flag;

    /** Copies into the queues of a group, whose leader this member is. */
    public MessageCopy(QueueCursors cursors) {
        this.cursors = cursors;
    }

    /**
     * Begins a copy of a message; its preparedOffset is 0.
     *
     * @param message must not change until {@link #write}
     * @param storedMs the time of storing of the copy, milliseconds since the epoch
     * @param dropped names of properties that the copy does not have
     */
    public MessageCopy of(MessageView message, long storedMs, String... dropped) {
        ByteBuf buffer = message.buffer();
        flag = message.flag();
        properties.clear();
        MessageProperties.copyWithout(properties, buffer, message.propertiesAt(), message.propertiesLength(), dropped);
        draft.sysFlag(message.sysFlag())
                .born(message.bornTimestamp(), HostBytes.copy(buffer, message.bornHostAt(), message.bornHostLength()))
                .stored(storedMs, HostBytes.copy(buffer, message.storeHostAt(), message.storeHostLength()))
                .reconsumeTimes(message.reconsumeTimes())
                .preparedOffset(0)
                .body(buffer, message.bodyAt(), message.bodyLength());
        return this;
    }

    /** Adds a property; its name must not be there, or must have been dropped. */
    public MessageCopy property(String name, CharSequence value) {
        MessageProperties.append(properties, name, value);
        return this;
    }

    /** Changes the system flag; see {@link io.vledger.protocol.message.SysFlag}. */
    public MessageCopy sysFlag(int sysFlag) {
        draft.sysFlag(sysFlag);
        return this;
    }

    /** Changes the position of the half message. */
    public MessageCopy preparedOffset(long position) {
        draft.preparedOffset(position);
        return this;
    }

    /** Changes how often the message was given back. */
    public MessageCopy reconsumeTimes(int times) {
        draft.reconsumeTimes(times);
        return this;
    }

    /** Whether the properties have become too long to be stored. */
    public boolean tooLong() {
        return properties.readableBytes() > MessageView.MAX_PROPERTIES_BYTES;
    }

    /** Bytes that {@link #write} will write if the copy goes to this queue. */
    public int size(TopicQueue target) {
        prepare(target);
        return draft.size();
    }

    /**
     * Appends the copy to an entry and takes the next queue offset of its queue.
     *
     * @param position where the copy will lie in the log
     * @return its queue offset
     */
    public long write(ByteBuf entry, TopicQueue target, long position) {
        prepare(target);
        long queueOffset = cursors.next(target);
        draft.write(entry, queueOffset, position);
        cursors.advance(target, 1);
        return queueOffset;
    }

    private void prepare(TopicQueue target) {
        draft.queue(target.id(), flag)
                .topic(target.topic().utf8())
                .properties(properties, 0, properties.readableBytes());
    }
}
