package io.vledger.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** What no disk of a test does on demand: finding no room for the mark of what is durable, failing it, and not returning bytes. */
class FullAndUnreadableDiskTest {
    private static final byte[] KEY = {1};

    @TempDir
    Path files;

    /** Slots whose writes and syncs fail on demand. */
    private static final class FailingSlots implements DurableMark.Slots {
        private String failure = "";

        @Override
        public int write(ByteBuffer bytes, long at) throws IOException {
            fail();
            int count = bytes.remaining();
            bytes.position(bytes.limit());
            return count;
        }

        @Override
        public void sync() throws IOException {
            fail();
        }

        private void fail() throws IOException {
            if (!failure.isEmpty()) {
                throw new IOException(failure);
            }
        }

        @Override
        public void close() {}
    }

    private final FailingSlots slots = new FailingSlots();
    private final DurableMark mark = new DurableMark(slots);

    private Database open() throws StoreException {
        return Database.open(
                files.resolve("database"),
                new Database.Spec(
                        new Tuning(Settings.DEFAULT, TestMemory.shared()),
                        Family.LOG,
                        true,
                        mark,
                        "; do this",
                        () -> {}));
    }

    private static void put(Database database) throws StoreException {
        database.writeDurably("writing", batch -> batch.put(database.family(Family.META), KEY, KEY));
    }

    @Test
    void noRoomForTheMarkIsAFullDiskAndContinuesWhenThereIsRoom() throws Exception {
        Database database = open();
        try {
            put(database);
            long before = mark.sequence();
            slots.failure = "No space left on device";
            assertThatThrownBy(() -> put(database)).isInstanceOf(StoreException.DiskFull.class);
            assertThatThrownBy(database::sync).isInstanceOf(StoreException.DiskFull.class);
            assertThatThrownBy(database::checkpoint).isInstanceOf(StoreException.DiskFull.class);
            assertThat(mark.sequence()).as("lags behind").isEqualTo(before);
            slots.failure = "";
            database.checkpoint();
            put(database);
            assertThat(mark.sequence()).isEqualTo(before + 2);
        } finally {
            database.close();
        }
    }

    @Test
    void aMarkThatCannotBeWrittenForAnotherReasonIsFinal() throws Exception {
        Database database = open();
        try {
            put(database);
            slots.failure = "Input/output error";
            assertThatThrownBy(() -> put(database))
                    .isExactlyInstanceOf(StoreException.class)
                    .hasMessageContaining("Input/output error");
            slots.failure = "";
            assertThatThrownBy(() -> put(database)).hasMessageContaining("takes no more writes until");
        } finally {
            database.close();
        }
    }

    @Test
    void whatTheDeviceDoesNotReturnIsDamagedAndAWriteThatItRefusesIsNot() {
        RocksDBException unreadable = new RocksDBException(
                new Status(Status.Code.IOError, Status.SubCode.None, "While pread: Input/output error"));
        assertThat(Failures.ofReading("reading", "database", unreadable, "; do this"))
                .isInstanceOf(StoreException.Damaged.class)
                .hasMessageContaining("pread")
                .hasMessageEndingWith("; do this");
        assertThat(Failures.of("writing", "database", unreadable, "")).isExactlyInstanceOf(StoreException.class);
        RocksDBException full = new RocksDBException(
                new Status(Status.Code.IOError, Status.SubCode.NoSpace, "No space left on device"));
        assertThat(Failures.ofReading("reading", "database", full, "")).isInstanceOf(StoreException.DiskFull.class);
    }
}
