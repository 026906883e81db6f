package io.vledger.store.mmap;

import io.vledger.api.disk.Disk;
import java.io.IOException;
import java.util.List;

/** Deletes segments with what belongs to them. Each deletion may be the last before a crash, and can be repeated. */
final class SegmentRemoval {
    private SegmentRemoval() {}

    /** One segment. */
    static void remove(Disk disk, long segment) throws IOException {
        disk.delete(Samples.fileOf(segment));
        disk.delete(Segment.fileOf(segment));
    }

    /** All segments, from the end, so that what is left is a whole log; first nothing is promised any more. */
    static void removeAll(Disk disk, Watermark watermark) throws IOException {
        watermark.lower(0, 0, 0);
        List<String> names = disk.list("log");
        for (int i = names.size() - 1; i >= 0; i--) {
            if (Blocks.isPosition(names.get(i))) {
                remove(disk, Long.parseLong(names.get(i)));
            }
        }
        disk.syncDirectory("log");
    }
}
