package io.vledger.store.rocksdb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.StoreException;
import java.util.Map;
import java.util.TreeMap;

/**
 * State of a derived index at a checkpoint, as it is kept in a snapshot.
 *
 * @param number of the database that has the index
 * @param generation number of the flush; what is greater came later
 * @param droppedBefore position below which everything was dropped
 * @param writtenUntil for the key index, position behind the last message whose keys are written
 * @param next for the queue index, next queue offset of every queue
 */
record IndexMark(long number, long generation, long droppedBefore, long writtenUntil, Map<Long, Long> next) {
    /** Format 1 is of versions that had the indexes in the database of the log; neither reads the other's. */
    private static final int FORMAT = 0x564C5202;

    private static final int HEADER_BYTES = 40;

    /** Of a flush that could not be written because the database was damaged: a start rebuilds the index. */
    static IndexMark unusable() {
        return new IndexMark(-1, 0, 0, 0, Map.of());
    }

    byte[] encode() {
        ByteBuf mark = Unpooled.buffer();
        mark.writeInt(FORMAT).writeLong(number).writeLong(generation).writeLong(droppedBefore);
        mark.writeLong(writtenUntil).writeInt(next.size());
        next.forEach((queue, queueOffset) -> mark.writeLong(queue).writeLong(queueOffset));
        return Marker.bytes(mark);
    }

    static IndexMark decode(String database, byte[] bytes) throws StoreException.Damaged {
        ByteBuf from = Unpooled.wrappedBuffer(bytes);
        if (bytes.length < HEADER_BYTES || from.readInt() != FORMAT) {
            throw new StoreException.Damaged(database
                    + ": the checkpoint describes an index of another version; the index must be rebuilt from the log");
        }
        long number = from.readLong();
        long generation = from.readLong();
        long droppedBefore = from.readLong();
        long writtenUntil = from.readLong();
        int queues = from.readInt();
        if (queues < 0 || queues != from.readableBytes() / 16) {
            throw new StoreException.Damaged(
                    database + ": the mark of an index is not whole; the index must be rebuilt from the log");
        }
        Map<Long, Long> next = new TreeMap<>();
        for (int i = 0; i < queues; i++) {
            next.put(from.readLong(), from.readLong());
        }
        return new IndexMark(number, generation, droppedBefore, writtenUntil, next);
    }
}
