package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.disk.UnreadableException;
import io.vledger.api.store.Addressing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves what is damaged out of the log's way, and keeps it for inspection: segments behind the damage are
 * renamed, the one that it begins in is copied and then cut. Can be repeated after a crash at any step.
 */
final class DamageMover {
    private static final int COPY_BYTES = 1 << 20;

    private final Disk disk;
    private static final int BLOCK_BYTES = 4096;

    private final Addressing addressing;

    DamageMover(Disk disk, Addressing addressing) {
        this.disk = disk;
        this.addressing = addressing;
    }

    /** Leaves on disk what the view says; returns the files set aside. */
    List<String> move(LogView view) throws IOException {
        List<String> aside = new ArrayList<>();
        long keep = view.segments().length == 0 ? -1 : view.last().position;
        if (keep >= 0) {
            copyAndCut(view.last(), view.end(), aside);
        }
        List<String> names = disk.list("log");
        for (int i = names.size() - 1; i >= 0; i--) {
            String name = names.get(i);
            if (Blocks.isPosition(name) && Long.parseLong(name) > keep) {
                String target = freeName(Long.parseLong(name));
                disk.delete(Samples.fileOf(Long.parseLong(name)));
                disk.rename("log/" + name, target);
                aside.add(target);
            }
        }
        disk.syncDirectory("log");
        return aside;
    }

    private void copyAndCut(Segment segment, long end, List<String> aside) throws IOException {
        long written;
        try (RecordScan scan = new RecordScan(segment.file, segment.position, addressing.segmentBytes())) {
            written = scan.lastWritten(end);
        } catch (UnreadableException e) {
            written = end + 1;
        }
        if (written > end) {
            String target = freeName(segment.position);
            copy(segment, target);
            aside.add(target);
        }
        disk.delete(Samples.fileOf(segment.position));
        disk.syncDirectory("log");
        segment.file.resize(end - segment.position);
        segment.file.resize(addressing.segmentBytes());
        segment.file.sync();
    }

    private void copy(Segment segment, String target) throws IOException {
        ByteBuf chunk = ByteBufAllocator.DEFAULT.directBuffer(COPY_BYTES);
        boolean done = false;
        try (DiskFile copy = disk.open(target, 0)) {
            long length = segment.file.length();
            copy.resize(length);
            for (long at = 0; at < length; at += COPY_BYTES) {
                int count = (int) Math.min(COPY_BYTES, length - at);
                chunk.clear();
                readWhatIsThere(segment.file, at, count, chunk);
                if (chunk.forEachByte(value -> value == 0) >= 0) {
                    copy.write(at, chunk);
                }
            }
            copy.sync();
            done = true;
        } finally {
            chunk.release();
            if (!done) {
                disk.delete(target);
            }
        }
    }

    /** Blocks that the device does not return are zeros in the copy. */
    private static void readWhatIsThere(DiskFile file, long at, int count, ByteBuf target) throws IOException {
        try {
            file.read(at, count, target);
        } catch (UnreadableException e) {
            target.clear();
            for (int done = 0; done < count; done += BLOCK_BYTES) {
                int block = Math.min(BLOCK_BYTES, count - done);
                try {
                    file.read(at + done, block, target);
                } catch (UnreadableException gone) {
                    target.writerIndex(done).writeZero(block);
                }
            }
        }
    }

    private String freeName(long position) throws IOException {
        int n = 1;
        while (disk.exists(Segment.fileOf(position) + ".damaged-" + n)) {
            n++;
        }
        return Segment.fileOf(position) + ".damaged-" + n;
    }
}
