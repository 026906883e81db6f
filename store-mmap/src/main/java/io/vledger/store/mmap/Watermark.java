package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.StoreException;
import java.io.IOException;

/**
 * Remembers how far the log is known to be durable, so that damage below is told from a write that was not finished. Written
 * after each sync without a sync of its own, so that after a loss of power it may lag behind, but is never ahead. Lane only.
 */
final class Watermark implements AutoCloseable {
    static final String FILE = "log/watermark";

    private static final int MAGIC = 0x564C5731; // "VLW1"
    /** One sector for each of two slots: a slot is never torn. */
    private static final int SLOT_BYTES = 512;

    private static final int RECORD_BYTES = 40;
    private static final int CHECKED_FROM = 8;

    private final DiskFile file;
    private final ByteBuf record = Unpooled.buffer(RECORD_BYTES);
    private long sequence;
    private long position;
    private boolean unsynced;

    private Watermark(DiskFile file) {
        this.file = file;
    }

    static Watermark open(Disk disk) throws StoreException {
        try {
            Watermark watermark = new Watermark(disk.open(FILE, 0));
            watermark.load();
            return watermark;
        } catch (IOException e) {
            throw Failures.of("reading it", FILE, e);
        }
    }

    private void load() throws IOException {
        if (file.length() < 2L * SLOT_BYTES) {
            // Written rather than resized: overwriting must not need room later, on a full disk.
            file.write(0, Unpooled.wrappedBuffer(new byte[2 * SLOT_BYTES]));
            file.sync();
        }
        ByteBuf slots = Unpooled.buffer(2 * SLOT_BYTES);
        file.read(0, 2 * SLOT_BYTES, slots);
        for (int at = 0; at < 2 * SLOT_BYTES; at += SLOT_BYTES) {
            if (slots.getInt(at) == MAGIC
                    && slots.getInt(at + 4) == Blocks.crc(slots, at + CHECKED_FROM, RECORD_BYTES - CHECKED_FROM)
                    && slots.getLong(at + 8) > sequence) {
                sequence = slots.getLong(at + 8);
                position = slots.getLong(at + 16);
            }
        }
    }

    /** Everything before was durable; 0 if nothing is known. */
    long position() {
        return position;
    }

    /** Notes a new state, in the page cache. */
    void set(long durablePosition, long lastIndex, long term) throws IOException {
        sequence++;
        record.clear();
        record.writeInt(MAGIC).writeInt(0).writeLong(sequence).writeLong(durablePosition);
        record.writeLong(lastIndex).writeLong(term);
        record.setInt(4, Blocks.crc(record, CHECKED_FROM, RECORD_BYTES - CHECKED_FROM));
        file.write((sequence & 1) * SLOT_BYTES, record);
        position = durablePosition;
        unsynced = true;
    }

    /** Makes the state durable. */
    void sync() throws IOException {
        if (unsynced) {
            file.sync();
            unsynced = false;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
