package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.StoreException;
import io.vledger.importer.base.Base;
import io.vledger.importer.base.Here;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The bytes of the old log, as far as they have not expired. Safe for use by any thread. */
final class OldLog {
    private final Base base;
    private final NavigableMap<Long, Base.File> files = new TreeMap<>();
    private final Map<Long, Path> paths;
    private final OpenFiles open;
    private volatile long first;

    /** @param first position of the first byte that has not expired */
    OldLog(Base base, Here here, OpenFiles open, long first) {
        this.base = base;
        this.paths = here.log();
        this.open = open;
        this.first = Math.max(first, base.begin());
        base.files().forEach(file -> files.put(file.position(), file));
    }

    /** Position of the first byte that is there; that of the group's own log if there is none. */
    long first() {
        return files.isEmpty() || first >= base.end() ? base.position() : first;
    }

    /** The files that have not expired, oldest first. */
    List<Base.File> left() {
        return new ArrayList<>(files.tailMap(first, true).values());
    }

    Path path(Base.File file) throws StoreException {
        Path path = paths.get(file.position());
        if (path == null) {
            throw new StoreException.OutOfRange("there is no file of the old log at " + file.position());
        }
        return path;
    }

    /** Everything below has expired; the files may go. */
    void expire(long newFirst) {
        first = Math.max(first, newFirst);
    }

    /** Files whose bytes have all expired; they may still be there. */
    List<Path> expired() {
        List<Path> gone = new ArrayList<>();
        for (long position : files.headMap(first, false).keySet()) {
            Path path = paths.get(position);
            if (path != null) {
                gone.add(path);
            }
        }
        return gone;
    }

    /** Appends bytes; what lies behind the old log's end reads as zeros. The range ends at the base's position at most. */
    void read(long position, int length, ByteBuf target) throws StoreException {
        if (position < first() || length < 0 || position + length > base.position()) {
            throw new StoreException.OutOfRange("positions " + position + " to " + (position + length)
                    + " are not in the old log, which has " + first() + " to " + base.position());
        }
        long at = position;
        long to = position + length;
        while (at < to) {
            Map.Entry<Long, Base.File> entry = files.floorEntry(at);
            Base.File file = entry == null ? null : entry.getValue();
            if (at >= base.end() || file == null || at >= file.position() + file.length()) {
                target.writeZero((int) (to - at));
                return;
            }
            long end = Math.min(Math.min(to, base.end()), file.position() + file.length());
            open.read(path(file), at - file.position(), (int) (end - at), target);
            at = end;
        }
    }
}
