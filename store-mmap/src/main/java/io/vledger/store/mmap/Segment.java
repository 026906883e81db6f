package io.vledger.store.mmap;

import io.vledger.api.disk.DiskFile;

/** One segment: its file, and what is known of it. The lane moves its end; others read it through {@link LogView}. */
final class Segment {
    final long position;
    final long firstIndex;
    final DiskFile file;
    final Samples samples;
    private volatile long end;

    Segment(long position, long firstIndex, DiskFile file, Samples samples, long end) {
        this.position = position;
        this.firstIndex = firstIndex;
        this.file = file;
        this.samples = samples;
        this.end = end;
    }

    static String fileOf(long position) {
        return "log/" + Blocks.fileOf(position);
    }

    String fileName() {
        return fileOf(position);
    }

    /** End of the last record in it. */
    long end() {
        return end;
    }

    void end(long newEnd) {
        end = newEnd;
    }
}
