package io.vledger.store.rocksdb;

import io.vledger.api.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Remembers, outside the database, the sequence number up to which it was synced: RocksDB cannot tell a write that was never
 * finished from one that was durable and is gone. Written after each sync, itself synced at checkpoints and when closed, so it
 * survives the death of the process at once and the loss of power a little later. Two slots, the greater number counts.
 */
final class DurableMark implements Closeable {
    static final String FILE = "durable";

    private static final int MAGIC = 0x564C5231; // "VLR1"
    private static final int SLOT_BYTES = 512;
    private static final int CHECKED_FROM = 8;
    private static final int USED_BYTES = 16;

    /** Where the slots are. */
    interface Slots extends Closeable {
        /** Writes at a byte; returns how many bytes. */
        int write(ByteBuffer bytes, long at) throws IOException;

        /** Makes what was written durable. */
        void sync() throws IOException;
    }

    private record SlotsInFile(FileChannel channel) implements Slots {
        @Override
        public int write(ByteBuffer bytes, long at) throws IOException {
            return channel.write(bytes, at);
        }

        @Override
        public void sync() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    private final Slots slots;
    private final ByteBuffer slot = ByteBuffer.allocateDirect(USED_BYTES);
    private long sequence;
    private int next;

    /** A mark that says that nothing is durable. */
    DurableMark(Slots slots) {
        this.slots = slots;
    }

    /** Creates a file that says that nothing is durable. */
    static void create(Path file) throws IOException {
        try (DurableMark mark = new DurableMark(new SlotsInFile(FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)))) {
            mark.write(0);
            mark.write(0);
            mark.sync();
        }
    }

    static DurableMark open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean done = false;
        try {
            DurableMark mark = new DurableMark(new SlotsInFile(channel));
            mark.read(channel, file);
            done = true;
            return mark;
        } finally {
            if (!done) {
                channel.close();
            }
        }
    }

    private void read(FileChannel channel, Path file) throws IOException {
        boolean found = false;
        for (int i = 0; i < 2; i++) {
            ByteBuffer bytes = ByteBuffer.allocate(USED_BYTES);
            channel.read(bytes, (long) i * SLOT_BYTES);
            if (bytes.position() == USED_BYTES && bytes.getInt(0) == MAGIC && bytes.getInt(4) == crc(bytes)) {
                if (!found || bytes.getLong(8) > sequence) {
                    sequence = bytes.getLong(8);
                    next = 1 - i;
                }
                found = true;
            }
        }
        if (!found) {
            throw new StoreException.Damaged(
                    file + ": no slot is intact, so it is not known how much of the database must be"
                            + " there; move the group's directory away: the node then starts with an empty one and is filled by its"
                            + " peers");
        }
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        ByteBuffer checked = bytes.duplicate();
        checked.position(CHECKED_FROM).limit(USED_BYTES);
        crc.update(checked);
        return (int) crc.getValue();
    }

    synchronized long sequence() {
        return sequence;
    }

    /** Everything up to a sequence number is durable now. */
    synchronized void raise(long durable) throws IOException {
        if (durable > sequence) {
            write(durable);
        }
    }

    private void write(long durable) throws IOException {
        slot.clear();
        slot.putInt(MAGIC).putInt(0).putLong(durable);
        slot.putInt(4, crc(slot));
        slot.flip();
        long at = (long) next * SLOT_BYTES;
        while (slot.hasRemaining()) {
            at += slots.write(slot, at);
        }
        sequence = durable;
        next = 1 - next;
    }

    synchronized void sync() throws IOException {
        slots.sync();
    }

    @Override
    public synchronized void close() throws IOException {
        slots.close();
    }
}
