package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.OriginFiles;
import io.vledger.api.store.StoreException;
import io.vledger.importer.format.Framing;
import io.vledger.importer.format.SegmentWalk;
import io.vledger.importer.manifest.LocalPlacement;
import io.vledger.importer.manifest.OriginManifest;
import io.vledger.protocol.message.MessageView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The bytes of the old log, as far as they have not expired. Safe for use by any thread. */
final class OriginLog {

    private static final int BLANK_BYTES = 8;
    private static final int SCAN_BYTES = 256 << 10;

    private final OriginManifest manifest;
    private final NavigableMap<Long, OriginManifest.File> files = new TreeMap<>();
    private final Map<Long, Path> paths;
    private final OpenFiles open;
    private final OriginDamage damage;
    private final RepairedMessages repaired;
    private final MessageRepair repair;
    private volatile long first;
    /** Whether the group's own log begins later than it did: what lies before is cut off from the rest. */
    private volatile boolean cutOff;

    /**
     * Of one member.
     *
     * @param directory origin directory, where intact copies of what is damaged are kept
     * @param peers where they come from
     */
    OriginLog(OriginManifest manifest, LocalPlacement placement, OpenFiles open, Path directory, PeerCopies peers)
            throws StoreException {
        this.manifest = manifest;
        this.paths = placement.log();
        this.open = open;
        this.damage = new OriginDamage(manifest.group());
        this.repaired = new RepairedMessages(directory, open);
        this.repair = new MessageRepair(manifest.group(), peers, repaired, damage::intact);
        this.first = Math.max(FirstPosition.noted(directory), manifest.begin());
        manifest.files().forEach(file -> files.put(file.position(), file));
    }

    /** Position of the first byte that is there; that of the group's own log if there is none. */
    long first() {
        return cutOff || files.isEmpty() || first >= manifest.end() ? manifest.position() : first;
    }

    /** The files that have not expired, oldest first. */
    List<OriginManifest.File> left() {
        return new ArrayList<>(files.tailMap(first, true).values());
    }

    /** What readers met that is left. */
    OriginFiles.Damage damage() {
        return damage.from(first(), repair.count());
    }

    /** What people call a file. */
    String name(OriginManifest.File file) {
        return String.valueOf(paths.getOrDefault(file.position(), Path.of(String.valueOf(file.position()))));
    }

    Path path(OriginManifest.File file) throws StoreException {
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

    /** Files before a position, with copies of messages in them; they may be gone. */
    List<Path> filesBelow(long position) {
        List<Path> below = new ArrayList<>();
        for (long at : files.headMap(position, false).keySet()) {
            Path path = paths.get(at);
            if (path != null) {
                below.add(path);
            }
        }
        below.addAll(repaired.below(position));
        return below;
    }

    /**
     * Appends bytes of messages, each verified; a range begins with one, and may end in the middle of one. What lies behind the old
     * log's end reads as zeros. The range ends at the manifest's position at most. On failure nothing was appended.
     *
     * @throws StoreException.Damaged if a message is not intact, or none begins at {@code position}
     */
    void read(long position, int length, ByteBuf target) throws StoreException {
        if (position < first() || length < 0 || position + length > manifest.position()) {
            throw new StoreException.OutOfRange("positions " + position + " to " + (position + length)
                    + " are not in the old log, which has " + first() + " to " + manifest.position());
        }
        int mark = target.writerIndex();
        boolean done = false;
        try {
            copy(position, length, target);
            verify(position, target, mark);
            done = true;
        } finally {
            if (!done) {
                target.writerIndex(mark);
            }
        }
    }

    private void verify(long position, ByteBuf bytes, int start) throws StoreException {
        MessageCheck check = new MessageCheck();
        long end = Math.min(position + bytes.writerIndex() - start, manifest.end());
        long at = position;
        while (at < end) {
            int in = start + (int) (at - position);
            int there = (int) (end - at);
            int size = there < Integer.BYTES ? Integer.MAX_VALUE : bytes.getInt(in);
            if (there >= BLANK_BYTES
                    && bytes.getInt(in + Integer.BYTES) == SegmentWalk.BLANK_MAGIC
                    && endsItsFile(at, size)) {
                at += size;
            } else if (size <= there) {
                String fault = check.fault(bytes, in, there, at);
                judge(at, fault, follows(position, at) || MessageCheck.begins(bytes, in, there, at));
                at += check.size();
            } else {
                verifyAlone(at, check, follows(position, at));
                return;
            }
        }
    }

    /** Where the record of the message at a position begins. */
    long recordStart(long position) {
        Map.Entry<Long, OriginManifest.File> entry = files.floorEntry(position);
        return entry == null ? position : position - entry.getValue().framing().headerBytes();
    }

    /** Is given messages in the order of their positions. */
    interface MessageVisitor {
        /** @param message valid during the call */
        void message(MessageView message, long position) throws IOException;
    }

    /**
     * Visits every message in a range, each verified.
     *
     * @param from where a record or a file begins
     * @param to exclusive
     * @throws StoreException.Damaged if a message is not intact; its repair has begun
     */
    void scan(long from, long to, MessageVisitor visitor) throws IOException {
        MessageCheck check = new MessageCheck();
        ByteBuf window = PooledByteBufAllocator.DEFAULT.directBuffer(SCAN_BYTES);
        try {
            long windowAt = from;
            for (long at = from; at < Math.min(to, manifest.end()); ) {
                Map.Entry<Long, OriginManifest.File> entry = files.floorEntry(at);
                OriginManifest.File file = entry == null ? null : entry.getValue();
                if (file == null || at >= file.position() + file.length() || at < first()) {
                    throw new StoreException.OutOfRange("position " + at + " is not in the old log any more");
                }
                long fileEnd = Math.min(manifest.end(), file.position() + file.length());
                int header = file.framing().headerBytes();
                int head = header + MessageView.FIXED_BYTES;
                int length = (int) Math.min(fileEnd - at, head);
                if (at + length > windowAt + window.writerIndex()) {
                    windowAt = at;
                    copy(at, (int) Math.min(SCAN_BYTES, fileEnd - at), window.clear());
                }
                int in = (int) (at - windowAt);
                if (length < head || endsFile(file.framing(), window.getInt(in), window.getInt(in + Integer.BYTES))) {
                    at = file.position() + file.length();
                    continue;
                }
                long size = window.getInt(file.framing() == Framing.CLASSIC ? in : in + Integer.BYTES);
                if (size < head || size > Math.min(fileEnd - at, MessageCheck.MAX_MESSAGE_BYTES + header)) {
                    judge(at + header, "a message of " + (size - header) + " bytes cannot be", true);
                }
                if (at + size > windowAt + window.writerIndex()) {
                    windowAt = at;
                    in = 0;
                    copy(at, (int) Math.max(size, Math.min(SCAN_BYTES, fileEnd - at)), window.clear());
                }
                judge(at + header, check.fault(window, in + header, (int) size - header, at + header), true);
                visitor.message(check.message(), at + header);
                at += size;
            }
        } finally {
            window.release();
        }
    }

    /** Whether the two first numbers of a record say that the rest of its file has none. */
    private static boolean endsFile(Framing framing, int first, int second) {
        return second == SegmentWalk.BLANK_MAGIC
                || (framing == Framing.DLEDGER && first == -1)
                || (first == 0 && second == 0);
    }

    /** Whether a message lies at a position because the one before it, at or behind {@code from}, ends there. */
    private boolean follows(long from, long position) {
        Map.Entry<Long, OriginManifest.File> entry = files.floorEntry(position);
        return position > from && entry != null && entry.getValue().framing() == Framing.CLASSIC;
    }

    private boolean endsItsFile(long position, int size) {
        Map.Entry<Long, OriginManifest.File> entry = files.floorEntry(position);
        return entry != null
                && size >= BLANK_BYTES
                && position + size == entry.getKey() + entry.getValue().length();
    }

    /**
     * Verifies a message of which only the beginning was asked for.
     *
     * @param follows whether the one before it ends there
     */
    private void verifyAlone(long position, MessageCheck check, boolean follows) throws StoreException {
        Map.Entry<Long, OriginManifest.File> entry = files.floorEntry(position);
        long end = entry == null
                ? 0
                : Math.min(manifest.end(), entry.getKey() + entry.getValue().length());
        ByteBuf message = PooledByteBufAllocator.DEFAULT.directBuffer(MessageView.FIXED_BYTES);
        try {
            long left = Math.max(0, end - position);
            int head = (int) Math.min(left, MessageView.FIXED_BYTES);
            copy(position, head, message);
            boolean begins = follows || MessageCheck.begins(message, 0, head, position);
            int size = head >= Integer.BYTES ? message.getInt(0) : 0;
            if (size < MessageView.FIXED_BYTES || size > Math.min(left, MessageCheck.MAX_MESSAGE_BYTES)) {
                judge(position, "a message of " + size + " bytes cannot be", begins);
            }
            copy(position + head, size - head, message);
            judge(position, check.fault(message, 0, size, position), begins);
        } finally {
            message.release();
        }
    }

    /**
     * Refuses what is not intact.
     *
     * @param begins whether it is a message that is not, rather than a position at which none begins
     */
    private void judge(long position, @Nullable String fault, boolean begins) throws StoreException {
        if (fault == null) {
            damage.intact(position);
            return;
        }
        Map.Entry<Long, OriginManifest.File> entry = files.floorEntry(position);
        String what =
                (entry == null ? "the old log" : path(entry.getValue())) + ": position " + position + ": " + fault;
        if (begins) {
            damage.met(position, what);
            if (entry != null) {
                long fileEnd = entry.getKey() + entry.getValue().length();
                repair.met(
                        new MessageRepair.Place(position, entry.getKey(), Math.min(manifest.end(), fileEnd)),
                        size -> fits(position, size));
            }
        }
        throw new StoreException.Damaged(what);
    }

    /** Whether a message of a size fits where one is damaged: it is as long as that one, or another begins behind it. */
    private boolean fits(long position, int size) {
        ByteBuf head = PooledByteBufAllocator.DEFAULT.directBuffer(MessageView.FIXED_BYTES);
        try {
            copyAsItLies(position, Integer.BYTES, head);
            if (head.getInt(0) == size) {
                return true;
            }
            Map.Entry<Long, OriginManifest.File> entry = files.floorEntry(position);
            int gap = entry == null ? 0 : entry.getValue().framing().headerBytes();
            long next = position + size + gap;
            copyAsItLies(next, MessageView.FIXED_BYTES, head.clear());
            return MessageCheck.begins(head, 0, MessageView.FIXED_BYTES, next);
        } catch (StoreException e) {
            return false;
        } finally {
            head.release();
        }
    }

    private void copy(long position, int length, ByteBuf target) throws StoreException {
        int start = target.writerIndex();
        copyAsItLies(position, length, target);
        repaired.replaceIn(target, start, position);
    }

    private void copyAsItLies(long position, int length, ByteBuf target) throws StoreException {
        long at = position;
        long to = position + length;
        while (at < to) {
            Map.Entry<Long, OriginManifest.File> entry = files.floorEntry(at);
            OriginManifest.File file = entry == null ? null : entry.getValue();
            if (at >= manifest.end() || file == null || at >= file.position() + file.length()) {
                target.writeZero((int) (to - at));
                return;
            }
            long end = Math.min(Math.min(to, manifest.end()), file.position() + file.length());
            try {
                open.read(path(file), at - file.position(), (int) (end - at), target);
            } catch (StoreException.Damaged cut) {
                // By the file's last byte, where no message begins: each reader meets it at another position.
                damage.met(file.position() + file.length() - 1, String.valueOf(cut.getMessage()));
                throw cut;
            }
            at = end;
        }
    }
}
