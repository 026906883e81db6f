package io.vledger.store.rocksdb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.StoreException;
import java.util.Map;
import java.util.TreeMap;

/**
 * State of a derived index at a checkpoint, as it is kept in a snapshot.
 *
 * @param epoch first part of the keys; another after the index was emptied
 * @param generation number of the flush; what is greater came later
 * @param droppedBefore position below which everything was dropped
 * @param next for the queue index, next queue offset of every queue
 */
record IndexMark(long epoch, long generation, long droppedBefore, Map<Long, Long> next) {
    private static final int FORMAT = 0x564C5201;

    byte[] encode() {
        ByteBuf mark = Unpooled.buffer();
        mark.writeInt(FORMAT).writeLong(epoch).writeLong(generation).writeLong(droppedBefore);
        mark.writeInt(next.size());
        next.forEach((queue, queueOffset) -> mark.writeLong(queue).writeLong(queueOffset));
        return Marker.bytes(mark);
    }

    static IndexMark decode(String database, byte[] bytes) throws StoreException.Damaged {
        ByteBuf from = Unpooled.wrappedBuffer(bytes);
        if (bytes.length < 32 || from.readInt() != FORMAT) {
            throw new StoreException.Damaged(
                    database + ": the mark of an index is not one; the index must be rebuilt from the log");
        }
        long epoch = from.readLong();
        long generation = from.readLong();
        long droppedBefore = from.readLong();
        int queues = from.readInt();
        if (queues < 0 || queues != from.readableBytes() / 16) {
            throw new StoreException.Damaged(
                    database + ": the mark of an index is not whole; the index must be rebuilt from the log");
        }
        Map<Long, Long> next = new TreeMap<>();
        for (int i = 0; i < queues; i++) {
            next.put(from.readLong(), from.readLong());
        }
        return new IndexMark(epoch, generation, droppedBefore, next);
    }
}
