package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.store.StoreException;
import java.io.IOException;

/**
 * Remembers how far the log is known to be durable, so that damage below it can be distinguished from a write that was not finished. Written
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

    /** Notes a greater state, in the page cache. On a disk that has no room for it the old one stays: it may lag behind. */
    void raise(long durablePosition, long lastIndex, long term) throws IOException {
        try {
            set(durablePosition, lastIndex, term);
        } catch (IOException e) {
            ignoreFull(e);
        }
    }

    /**
     * Makes it durable that less is promised, in both slots, so that damage to one cannot bring the greater state back. Can be repeated
     * after it has found no room.
     */
    void lower(long durablePosition, long lastIndex, long term) throws IOException {
        for (int slot = 0; slot < 2; slot++) {
            set(durablePosition, lastIndex, term);
            file.sync();
        }
        position = durablePosition;
        unsynced = false;
    }

    private void set(long durablePosition, long lastIndex, long term) throws IOException {
        long next = sequence + 1;
        record.clear();
        record.writeInt(MAGIC).writeInt(0).writeLong(next).writeLong(durablePosition);
        record.writeLong(lastIndex).writeLong(term);
        record.setInt(4, Blocks.crc(record, CHECKED_FROM, RECORD_BYTES - CHECKED_FROM));
        file.write((next & 1) * SLOT_BYTES, record);
        sequence = next;
        // While a lower state is being made durable the greater one may come back with a crash.
        position = Math.max(position, durablePosition);
        unsynced = true;
    }

    private static void ignoreFull(IOException e) throws IOException {
        if (!Failures.isFull(e)) {
            throw e;
        }
    }

    /** Makes the state durable, if there is room to. */
    void sync() throws IOException {
        if (unsynced) {
            try {
                file.sync();
                unsynced = false;
            } catch (IOException e) {
                ignoreFull(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
