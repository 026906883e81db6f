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
    /** Whether the group's own log begins later than it did: what lies before is cut off from the rest. */
    private volatile boolean cutOff;

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
        return cutOff || files.isEmpty() || first >= base.end() ? base.position() : first;
    }

    /** The files that have not expired, oldest first. */
    List<Base.File> left() {
        return new ArrayList<>(files.tailMap(first, true).values());
    }

    /** What people call a file. */
    String name(Base.File file) {
        return String.valueOf(paths.getOrDefault(file.position(), Path.of(String.valueOf(file.position()))));
    }

    Path path(Base.File file) throws StoreException {
        Path path = paths.get(file.position());
        if (path == null) {
            throw new StoreException.OutOfRange("there is no file of the old log at " + file.position());
        }
        return path;
    }

    /** Position of the newest file, which always stays. */
    long newest() {
        return files.isEmpty() ? 0 : files.lastKey();
    }

    /** Nothing below can be read from now on; the files may go. */
    void expire(long newFirst) {
        first = Math.max(first, newFirst);
    }

    /** Nothing can be read from now on: the group's own log has lost its beginning. The files stay. */
    void cutOff() {
        cutOff = true;
    }

    boolean isCutOff() {
        return cutOff;
    }

    /** Files before a position; they may be gone. */
    List<Path> filesBelow(long position) {
        List<Path> below = new ArrayList<>();
        for (long at : files.headMap(position, false).keySet()) {
            Path path = paths.get(at);
            if (path != null) {
                below.add(path);
            }
        }
        return below;
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
