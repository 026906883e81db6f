package io.vledger.store.rocksdb;

import java.util.ArrayList;
import java.util.List;
import org.rocksdb.AbstractImmutableNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileManager;
import org.rocksdb.WALRecoveryMode;

/** How a database is opened: RocksDB's options for settings. */
final class Tuning {
    private static final long SMALL_BUFFER_BYTES = 4L << 20;
    private static final int ENTRY_BLOCK_BYTES = 32 << 10;
    private static final int OPEN_FILES = 256;

    private final Settings settings;
    private final SharedMemory memory;

    Tuning(Settings settings, SharedMemory memory) {
        this.settings = settings;
        this.memory = memory;
    }

    /**
     * Options of the database.
     *
     * <p>Of a write-ahead log only a record that is cut short at the very end is forgiven: that is what a loss of power leaves of
     * an unsynced write, and {@link DurableMark} tells whether it was one. Anything else in it that is not intact refuses the
     * database as it is; a more lenient mode would quietly go back to the last good record.
     */
    DBOptions database(List<AbstractImmutableNativeReference> owned, boolean create) throws RocksDBException {
        SstFileManager files = new SstFileManager(Env.getDefault());
        owned.add(files);
        DBOptions options = new DBOptions();
        owned.add(options);
        return options.setCreateIfMissing(create)
                .setCreateMissingColumnFamilies(create)
                .setErrorIfExists(create)
                .setParanoidChecks(true)
                .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                .setMaxTotalWalSize(settings.maxWalBytes())
                .setWriteBufferManager(memory.writeBuffers())
                .setMaxBackgroundJobs(2)
                .setMaxOpenFiles(OPEN_FILES)
                .setAvoidFlushDuringShutdown(true)
                // It looks for room after a write found none, and lets writes go on once there is some.
                .setSstFileManager(files)
                .setBytesPerSync(1 << 20)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(1 << 20)
                .setKeepLogFileNum(2);
    }

    /** Descriptors of some families, in order. */
    List<ColumnFamilyDescriptor> families(List<Family> which, List<AbstractImmutableNativeReference> owned) {
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        for (Family family : which) {
            ColumnFamilyOptions options = new ColumnFamilyOptions();
            owned.add(options);
            boolean entries = family == Family.ENTRIES;
            long buffer =
                    entries ? settings.writeBufferBytes() : Math.min(SMALL_BUFFER_BYTES, settings.writeBufferBytes());
            BlockBasedTableConfig table = new BlockBasedTableConfig()
                    .setBlockCache(memory.cache())
                    .setCacheIndexAndFilterBlocks(true)
                    .setPinL0FilterAndIndexBlocksInCache(true)
                    .setBlockSize(entries ? ENTRY_BLOCK_BYTES : 8 << 10);
            // Bodies are compressed by clients if at all; files of one buffer each are what retention can drop whole.
            options.setTableFormatConfig(table)
                    .setCompressionType(CompressionType.NO_COMPRESSION)
                    .setWriteBufferSize(buffer)
                    .setMaxWriteBufferNumber(entries ? settings.writeBuffers() : 2)
                    .setTargetFileSizeBase(Math.max(1 << 20, settings.writeBufferBytes()))
                    .setLevel0FileNumCompactionTrigger(2);
            descriptors.add(new ColumnFamilyDescriptor(family.bytes(), options));
        }
        return descriptors;
    }
}
