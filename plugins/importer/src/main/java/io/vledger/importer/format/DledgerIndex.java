package io.vledger.importer.format;

import io.netty.buffer.ByteBuf;
import java.nio.file.Path;

/**
 * DLedger's own index of its entries, which it writes after the entries themselves: 32 bytes each, int magic 1, long position, int
 * size, long index, long term, all big-endian. Entry <i>n</i> lies at 32 times <i>n</i>.
 */
public final class DledgerIndex {
    private static final int ENTRY_BYTES = 32;

    private DledgerIndex() {}

    /**
     * What an index has behind the end of a log.
     *
     * @param entries how many
     * @param reach position behind the last of them; 0 if there are none
     */
    public record Behind(long entries, long reach) {
        /** There is nothing behind it. */
        public static final Behind NOTHING = new Behind(0, 0);
    }

    /**
     * Reads what follows a log. What is left in an index of entries that gave way is of an earlier term than the log's last one, and
     * does not count.
     */
    public static Behind behind(Path directory, SegmentWalk.End log) throws OriginFileException {
        SegmentFiles files = SegmentFiles.list(directory);
        long reach = log.end();
        long first = log.newest().index() + 1;
        long index = first;
        for (SegmentFiles.SegmentFile file : files.from(index * ENTRY_BYTES)) {
            try (FileWindow window = new FileWindow(file)) {
                for (long at = Math.max(0, index * ENTRY_BYTES - file.position());
                        at + ENTRY_BYTES <= file.length();
                        at += ENTRY_BYTES) {
                    ByteBuf entry = window.at(at, ENTRY_BYTES);
                    int start = entry.readerIndex();
                    long position = entry.getLong(start + 4);
                    int size = entry.getInt(start + 12);
                    boolean follows = entry.getInt(start) == 1
                            && position >= reach
                            && size > 0
                            && entry.getLong(start + 16) == index
                            && entry.getLong(start + 24) >= log.newest().term();
                    if (!follows) {
                        return behind(first, index, reach);
                    }
                    reach = position + size;
                    index++;
                }
            }
        }
        return behind(first, index, reach);
    }

    private static Behind behind(long first, long next, long reach) {
        return next == first ? Behind.NOTHING : new Behind(next - first, reach);
    }
}
