package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.TimeSpan;
import io.vledger.importer.manifest.OriginManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds messages by key in RocketMQ's index files. A file has a header of 40 bytes (long first and last timestamp, long first and
 * last position, int used slots, int entries), a table of int slots, and entries of 20 bytes (int hash, long position, int
 * seconds since the first timestamp, int the entry before in the same slot), numbered from 1. Safe for use by any thread.
 */
final class OriginKeys {
    private static final Logger LOG = LoggerFactory.getLogger(OriginKeys.class);
    private static final int HEADER_BYTES = 40;
    private static final int SLOT_BYTES = 4;
    private static final int ENTRY_BYTES = 20;
    /** A file has four entries for each slot unless it was configured otherwise. */
    private static final int BYTES_FOR_A_SLOT = SLOT_BYTES + 4 * ENTRY_BYTES;

    private static final long SECOND_MS = 1000;

    private final List<Path> files;
    private final OriginManifest manifest;
    private final OriginLog log;
    private final OpenFiles open;
    private final long configuredSlots;
    private final Set<Path> unreadable = ConcurrentHashMap.newKeySet();

    /**
     * In these files.
     *
     * @param files oldest first
     * @param configuredSlots the old broker's {@code maxHashSlotNum}; 0 if its default
     */
    OriginKeys(List<Path> files, long configuredSlots, OriginManifest manifest, OriginLog log, OpenFiles open) {
        this.files = files;
        this.configuredSlots = configuredSlots;
        this.manifest = manifest;
        this.log = log;
        this.open = open;
    }

    /** Positions, newest first. */
    long[] find(String topic, String key, TimeSpan stored, int max) {
        int hash = hash(topic, key);
        List<Long> found = new ArrayList<>();
        for (int i = files.size() - 1; i >= 0 && found.size() < max; i--) {
            try {
                find(files.get(i), hash, stored, max, found);
            } catch (StoreException.OutOfRange expired) {
                LOG.debug("{}", expired.getMessage());
            } catch (IOException e) {
                if (unreadable.add(files.get(i))) {
                    LOG.warn("messages by key are not looked for in {}: {}", files.get(i), e.getMessage());
                }
            }
        }
        return found.stream().mapToLong(Long::longValue).toArray();
    }

    private long slots(Path file) throws IOException {
        long tables = Files.size(file) - HEADER_BYTES;
        boolean asConfigured = configuredSlots > 0
                && tables > configuredSlots * SLOT_BYTES
                && (tables - configuredSlots * SLOT_BYTES) % ENTRY_BYTES == 0;
        if (asConfigured) {
            return configuredSlots;
        }
        if (tables <= 0 || tables % BYTES_FOR_A_SLOT != 0) {
            throw new IOException("its size fits no table of slots; set maxHashSlotNum as the old broker had it");
        }
        return tables / BYTES_FOR_A_SLOT;
    }

    /** As RocketMQ computes it: the one number without an absolute value counts as 0. */
    private static int hash(String topic, String key) {
        int hash = (topic + "#" + key).hashCode();
        return hash == Integer.MIN_VALUE ? 0 : Math.abs(hash);
    }

    private void find(Path file, int hash, TimeSpan stored, int max, List<Long> found)
            throws StoreException, IOException {
        if (!Files.exists(file)) {
            return;
        }
        long slots = slots(file);
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.buffer(HEADER_BYTES);
        try {
            open.read(file, 0, HEADER_BYTES, bytes);
            long beginMs = bytes.getLong(0);
            long endMs = bytes.getLong(8);
            int entries = bytes.getInt(36);
            if (!stored.overlaps(beginMs, endMs + SECOND_MS) || bytes.getLong(24) < log.first()) {
                return;
            }
            long entriesAt = HEADER_BYTES + slots * SLOT_BYTES;
            open.read(file, HEADER_BYTES + hash % slots * SLOT_BYTES, SLOT_BYTES, bytes.clear());
            int entry = bytes.getInt(0);
            // Each entry points to an older one: one that does not is damage, and would lead in a circle.
            for (int bound = entries; entry > 0 && entry <= bound && found.size() < max; ) {
                open.read(file, entriesAt + (long) entry * ENTRY_BYTES, ENTRY_BYTES, bytes.clear());
                long position = bytes.getLong(4);
                long storedMs = beginMs + bytes.getInt(12) * SECOND_MS;
                boolean inTime = stored.overlaps(storedMs, storedMs + SECOND_MS - 1);
                if (bytes.getInt(0) == hash && inTime && position >= log.first() && position < manifest.end()) {
                    found.add(position);
                }
                bound = entry - 1;
                entry = bytes.getInt(16);
            }
        } finally {
            bytes.release();
        }
    }
}
