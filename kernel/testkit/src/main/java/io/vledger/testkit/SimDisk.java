package io.vledger.testkit;

import io.netty.buffer.ByteBuf;
import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.disk.UnreadableException;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that can do to its user what real ones do: lose and tear writes that were not synced, forget files whose
 * directory was not, fill up, fail, and rot. Deterministic: what is random comes from the caller's generator.
 *
 * <p><b>Model.</b> Files consist of sectors of 512 bytes. A write is visible at once and durable after the file's sync. When
 * power is lost, any subset of the sectors written since survives; changes of length, and creations, renames and deletions,
 * survive as a prefix in the order they were made, as on a file system with a journal. Handles of before a crash are dead.
 */
public final class SimDisk implements Disk {
    private static final double[] CHANCES = {0.0, 0.3, 0.5, 0.7, 0.95, 1.0};

    private NavigableMap<String, SimFile> names = new TreeMap<>();
    private NavigableMap<String, SimFile> durableNames = new TreeMap<>();
    private List<NameChange> pending = new ArrayList<>();
    private long capacityBytes = Long.MAX_VALUE;
    private long sequence;
    private int life;
    private boolean off;
    private long operations;
    private long operationsUntilOff = Long.MAX_VALUE;
    private Predicate<String> failingSync = name -> false;
    private Predicate<String> failingWrite = name -> false;
    private @Nullable Random outOfSpace;
    private long bytesWritten;
    private long bytesSynced;
    private long syncs;

    /** A change of a directory; {@code to} is null for a deletion, {@code from} for a creation. */
    private record NameChange(long sequence, String directory, String from, String to, SimFile file) {}

    /** An empty disk without bounds. */
    public SimDisk() {}

    /** A disk in the same state, unsynced changes included, to try another crash on. */
    public synchronized SimDisk copy() {
        SimDisk copy = new SimDisk();
        IdentityHashMap<SimFile, SimFile> copies = new IdentityHashMap<>();
        names.forEach((name, file) -> copy.names.put(name, copies.computeIfAbsent(file, SimFile::copy)));
        durableNames.forEach((name, file) -> copy.durableNames.put(name, copies.computeIfAbsent(file, SimFile::copy)));
        for (NameChange change : pending) {
            SimFile file = copies.computeIfAbsent(change.file, SimFile::copy);
            copy.pending.add(new NameChange(change.sequence, change.directory, change.from, change.to, file));
        }
        copy.capacityBytes = capacityBytes;
        copy.sequence = sequence;
        copy.life = life;
        copy.off = off;
        return copy;
    }

    /** Power is lost and comes back: keeps what was synced, and some of what was not. */
    public synchronized void crash(Random random) {
        long oldest = sequence;
        for (NameChange change : pending) {
            oldest = Math.min(oldest, change.sequence);
        }
        long keptUntil =
                random.nextInt(3) == 0 ? sequence : oldest - 1 + (long) (random.nextDouble() * (sequence - oldest + 2));
        double chance = CHANCES[random.nextInt(CHANCES.length)];
        for (NameChange change : pending) {
            if (change.sequence <= keptUntil) {
                apply(durableNames, change);
            }
        }
        pending = new ArrayList<>();
        names = new TreeMap<>(durableNames);
        for (SimFile file : names.values()) {
            file.crash(random, keptUntil, chance);
        }
        restart();
    }

    /** The process dies, the machine does not: everything that was written is still there. */
    public synchronized void processDeath() {
        restart();
    }

    private void restart() {
        life++;
        off = false;
        operationsUntilOff = Long.MAX_VALUE;
        failingSync = name -> false;
        failingWrite = name -> false;
        outOfSpace = null;
    }

    private static void apply(Map<String, SimFile> map, NameChange change) {
        if (!change.from.isEmpty()) {
            map.remove(change.from);
        }
        if (!change.to.isEmpty()) {
            map.put(change.to, change.file);
        }
    }

    /** After this many more changing operations the power goes: all fail until {@link #crash} or {@link #processDeath}. */
    public synchronized void powerOffAfter(long changingOperations) {
        operationsUntilOff = operations + changingOperations;
    }

    /** Whether {@link #powerOffAfter} has struck. */
    public synchronized boolean isOff() {
        return off;
    }

    /** Flips a bit of a byte that is on the platter. */
    public synchronized void flipBit(String name, long position, int bit) {
        SimFile file = names.get(name);
        if (file == null || position >= file.length()) {
            throw new IllegalArgumentException("no byte " + position + " in " + name);
        }
        file.flipBit(position, bit);
    }

    /** Loses the sector that a byte is in: it cannot be read until all of it is written again. */
    public synchronized void loseSector(String name, long position) {
        SimFile file = names.get(name);
        if (file == null || position >= file.length()) {
            throw new IllegalArgumentException("no byte " + position + " in " + name);
        }
        file.loseSector(position);
    }

    /** Sets how many bytes fit; files that are there already stay. */
    public synchronized void capacity(long bytes) {
        capacityBytes = bytes;
    }

    /**
     * From now on every second operation that changes something or makes it durable finds no room, overwrites, deletions and syncs
     * too, as on file systems that copy on write and on thin volumes; null ends it. What a sync that failed so was to make durable
     * stays visible and never becomes durable unless it is written again.
     */
    public synchronized void outOfSpace(@Nullable Random random) {
        outOfSpace = random;
    }

    private void needSpace() throws IOException {
        if (outOfSpace != null && outOfSpace.nextBoolean()) {
            throw new IOException("simulated: No space left on device");
        }
    }

    /** Bytes that files take. */
    public synchronized long usedBytes() {
        long sectors = 0;
        for (SimFile file : names.values()) {
            sectors += file.sectors();
        }
        return sectors * SimFile.SECTOR_BYTES;
    }

    /** The next sync of a file whose name matches fails; what was written is then in doubt. */
    public synchronized void failNextSync(Predicate<String> name) {
        failingSync = name;
    }

    /** The next write to a file whose name matches fails. */
    public synchronized void failNextWrite(Predicate<String> name) {
        failingWrite = name;
    }

    /** Bytes that were written. */
    public synchronized long bytesWritten() {
        return bytesWritten;
    }

    /** Bytes of sectors that syncs brought to the platter. */
    public synchronized long bytesSynced() {
        return bytesSynced;
    }

    /** Syncs of files. */
    public synchronized long syncs() {
        return syncs;
    }

    /** Operations so far that changed something or made it durable. */
    public synchronized long operations() {
        return operations;
    }

    /** All names of files, sorted. */
    public synchronized List<String> names() {
        return List.copyOf(names.keySet());
    }

    private void alive(int ofLife) throws IOException {
        if (off) {
            throw new IOException("simulated: the power is off");
        }
        if (ofLife != life) {
            throw new IOException("simulated: a file handle of a process that is dead");
        }
    }

    private void changing(int ofLife) throws IOException {
        alive(ofLife);
        if (operations >= operationsUntilOff) {
            off = true;
            alive(ofLife);
        }
        operations++;
        sequence++;
    }

    @Override
    public synchronized DiskFile open(String name, long mapped) throws IOException {
        alive(life);
        SimFile file = names.get(name);
        if (file == null) {
            changing(life);
            needSpace();
            file = new SimFile();
            change(new NameChange(sequence, directory(name), "", name, file));
        }
        return new Handle(name, file, life);
    }

    private void change(NameChange change) {
        apply(names, change);
        pending.add(change);
    }

    private static String directory(String name) {
        int slash = name.lastIndexOf('/');
        return slash < 0 ? "" : name.substring(0, slash);
    }

    @Override
    public synchronized boolean exists(String name) throws IOException {
        alive(life);
        return names.containsKey(name);
    }

    @Override
    public synchronized List<String> list(String directory) throws IOException {
        alive(life);
        List<String> found = new ArrayList<>();
        for (String name : names.keySet()) {
            if (directory(name).equals(directory)) {
                found.add(directory.isEmpty() ? name : name.substring(directory.length() + 1));
            }
        }
        return found;
    }

    @Override
    public synchronized void delete(String name) throws IOException {
        alive(life);
        SimFile file = names.get(name);
        if (file != null) {
            changing(life);
            needSpace();
            change(new NameChange(sequence, directory(name), name, "", file));
        }
    }

    @Override
    public synchronized void rename(String from, String to) throws IOException {
        changing(life);
        needSpace();
        SimFile file = names.get(from);
        if (file == null) {
            throw new IOException("no file " + from);
        }
        change(new NameChange(sequence, directory(to), from, to, file));
    }

    @Override
    public synchronized void syncDirectory(String directory) throws IOException {
        changing(life);
        needSpace();
        List<NameChange> left = new ArrayList<>();
        for (NameChange change : pending) {
            if (change.directory.equals(directory)) {
                apply(durableNames, change);
            } else {
                left.add(change);
            }
        }
        pending = left;
    }

    @Override
    public synchronized Space space() throws IOException {
        alive(life);
        long total = Math.min(capacityBytes, 1L << 50);
        return new Space(Math.max(0, total - usedBytes()), total);
    }

    /** An open file, as long as the process lives. */
    private final class Handle implements DiskFile {
        private final String name;
        private final SimFile file;
        private final int ofLife;
        private boolean closed;

        Handle(String name, SimFile file, int ofLife) {
            this.name = name;
            this.file = file;
            this.ofLife = ofLife;
        }

        private void usable() throws IOException {
            if (closed) {
                throw new IOException(name + " is closed");
            }
        }

        @Override
        public void write(long position, ByteBuf source) throws IOException {
            synchronized (SimDisk.this) {
                usable();
                changing(ofLife);
                if (failingWrite.test(name)) {
                    failingWrite = other -> false;
                    throw new IOException("simulated: input/output error while writing " + name);
                }
                needSpace();
                if (!file.isWritable(position, source.readableBytes())) {
                    throw new IOException("simulated: input/output error while writing a part of a sector of " + name);
                }
                byte[] bytes = new byte[source.readableBytes()];
                source.getBytes(source.readerIndex(), bytes);
                long used = capacityBytes == Long.MAX_VALUE ? 0 : usedBytes();
                int done = 0;
                while (done < bytes.length) {
                    long at = position + done;
                    int count = (int) Math.min(SimFile.SECTOR_BYTES - at % SimFile.SECTOR_BYTES, bytes.length - done);
                    if (!file.hasSector(at / SimFile.SECTOR_BYTES)) {
                        used += SimFile.SECTOR_BYTES;
                        if (used > capacityBytes) {
                            throw new IOException("simulated: No space left on device");
                        }
                    }
                    file.write(at, bytes, done, count, sequence);
                    bytesWritten += count;
                    done += count;
                }
            }
        }

        @Override
        public void read(long position, int length, ByteBuf target) throws IOException {
            synchronized (SimDisk.this) {
                usable();
                alive(ofLife);
                if (position < 0 || length < 0 || position + length > file.length()) {
                    throw new EOFException(name + ": " + length + " bytes from " + position + " of " + file.length());
                }
                if (!file.isReadable(position, length)) {
                    throw new UnreadableException("simulated: " + name + ": input/output error at " + position);
                }
                target.writeBytes(file.read(position, length));
            }
        }

        @Override
        public void sync() throws IOException {
            synchronized (SimDisk.this) {
                usable();
                changing(ofLife);
                if (failingSync.test(name)) {
                    failingSync = other -> false;
                    throw new IOException("simulated: input/output error while syncing " + name);
                }
                try {
                    needSpace();
                } catch (IOException e) {
                    file.failSync();
                    throw e;
                }
                syncs++;
                bytesSynced += file.sync();
            }
        }

        @Override
        public void resize(long length) throws IOException {
            synchronized (SimDisk.this) {
                usable();
                changing(ofLife);
                needSpace();
                file.resize(length, sequence);
            }
        }

        @Override
        public long length() throws IOException {
            synchronized (SimDisk.this) {
                usable();
                alive(ofLife);
                return file.length();
            }
        }

        @Override
        public void close() {
            synchronized (SimDisk.this) {
                closed = true;
            }
        }
    }
}
