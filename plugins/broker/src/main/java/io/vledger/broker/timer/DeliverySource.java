package io.vledger.broker.timer;

import io.netty.buffer.ByteBuf;
import io.vledger.broker.group.MessageCopy;
import io.vledger.protocol.message.MessageView;

/** What a {@link DeliveryPipeline} delivers, and to where. Called on the loop, on a leader. */
interface DeliverySource {
    /** Names it in logs. */
    String name();

    /** What was taken since the last applied progress was not delivered: continues from there. */
    void rewind();

    /** Takes what is due now, in order, as much as the batch has room for. */
    void fill(DeliveryBatch batch);

    /**
     * Decides on each message that was read, by {@link DeliveryBatch#target}: one that gets no target is passed over.
     *
     * @param again to be called if this returns false, once it is worth to decide again
     */
    boolean decide(DeliveryBatch batch, Runnable again);

    /** Begins the copy of a message that has a target. */
    void edit(MessageCopy copy, MessageView message, DeliveryBatch batch, int item);

    /** Kind of its entries. */
    byte kind();

    /** Bytes that stand before the messages of a batch. */
    int headBytes(DeliveryBatch batch);

    /** Appends them: the progress, once the batch is delivered. */
    void writeHead(ByteBuf target, DeliveryBatch batch, int messageBytes);

    /** A batch was applied, with this many messages delivered. */
    void delivered(DeliveryBatch batch, int messages);
}
