package io.vledger.store.mmap;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds how much of a group's files is mapped into the process by reads. A page that was read through a map counts as the process's memory
 * until it is unmapped, so consumers that follow the end of a log would make all of it resident. After {@value #BYTES_MAX} bytes were read all
 * maps are dropped; the next read of a file maps it again, which costs some microseconds. The page cache keeps what it has. Safe for use
 * by any thread.
 */
final class MappedPages {
    static final long BYTES_MAX = 32L << 20;

    private final Set<NioDiskFile> mapped = ConcurrentHashMap.newKeySet();
    private final AtomicLong bytes = new AtomicLong();

    /** A file has a map from now on. */
    void mapped(NioDiskFile file) {
        mapped.add(file);
    }

    /** A file has no map any more. */
    void unmapped(NioDiskFile file) {
        mapped.remove(file);
    }

    /** Bytes were read through a map. Not to be called while a file is locked. */
    void read(int count) {
        long now = bytes.addAndGet(count);
        if (now >= BYTES_MAX && bytes.compareAndSet(now, 0)) {
            mapped.forEach(NioDiskFile::dropMap);
        }
    }
}
