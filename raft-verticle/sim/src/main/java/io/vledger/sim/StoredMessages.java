package io.vledger.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.StoreException;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageView;
import java.nio.charset.StandardCharsets;

/** The messages of a queue as a node has them stored. */
final class StoredMessages {
    private StoredMessages() {}

    /** Sees a message: it is valid during the call only. */
    @FunctionalInterface
    interface Visitor {
        void visit(long queueOffset, MessageView message, String body);
    }

    /** Shows all messages of a queue, in order; one that is damaged is shown as none. */
    static void of(SimNode node, TopicQueue queue, Visitor visitor) {
        MessageView view = new MessageView();
        try {
            queue.log().read(queue.minOffset(), Integer.MAX_VALUE, (queueOffset, position, size, tags) -> {
                ByteBuf bytes = Unpooled.buffer(size);
                read(node, position, bytes, size);
                if (view.wrap(bytes, 0, size) == null) {
                    String body = bytes.toString(view.bodyAt(), view.bodyLength(), StandardCharsets.UTF_8);
                    visitor.visit(queueOffset, view, body);
                }
                return true;
            });
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void read(SimNode node, long position, ByteBuf target, int size) {
        try {
            node.store().log().read(position, size, target);
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }
}
