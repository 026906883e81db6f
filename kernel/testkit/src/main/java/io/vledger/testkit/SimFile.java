package io.vledger.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Content of one simulated file: as the process sees it, as it is on the platter, and what lies between. Sectors are never
 * changed in place, so that copies can share them. Guarded by its disk.
 */
final class SimFile {
    static final int SECTOR_BYTES = 512;

    private Map<Long, byte[]> current = new HashMap<>();
    private Map<Long, byte[]> durable = new HashMap<>();
    private long length;
    private long durableLength;
    private List<Change> pending = new ArrayList<>();
    /** Sectors that a failed sync has left behind: readers see them, and no later sync brings them to the platter. */
    private Set<Long> cleaned = new HashSet<>();
    /** Sectors that the device cannot read any more, until they are written again. */
    private Set<Long> unreadable = new HashSet<>();

    /** A change that is not durable: of one sector if it has bytes, else of the length. */
    private record Change(long sequence, long sector, byte @Nullable [] bytes, long length) {
        boolean isResize() {
            return sector < 0;
        }
    }

    SimFile copy() {
        SimFile copy = new SimFile();
        copy.current = new HashMap<>(current);
        copy.durable = new HashMap<>(durable);
        copy.length = length;
        copy.durableLength = durableLength;
        copy.pending = new ArrayList<>(pending);
        copy.cleaned = new HashSet<>(cleaned);
        copy.unreadable = new HashSet<>(unreadable);
        return copy;
    }

    long length() {
        return length;
    }

    /** Sectors that take room. */
    int sectors() {
        return current.size();
    }

    boolean hasSector(long sector) {
        return current.containsKey(sector);
    }

    byte[] read(long position, int count) {
        byte[] bytes = new byte[count];
        int done = 0;
        while (done < count) {
            long at = position + done;
            int inSector = (int) (at % SECTOR_BYTES);
            int n = Math.min(SECTOR_BYTES - inSector, count - done);
            byte[] sector = current.get(at / SECTOR_BYTES);
            if (sector != null) {
                System.arraycopy(sector, inSector, bytes, done, n);
            }
            done += n;
        }
        return bytes;
    }

    /** Writes within one sector. */
    void write(long position, byte[] bytes, int from, int count, long sequence) {
        long number = position / SECTOR_BYTES;
        int inSector = (int) (position % SECTOR_BYTES);
        byte[] old = current.get(number);
        byte[] changed = old == null ? new byte[SECTOR_BYTES] : old.clone();
        System.arraycopy(bytes, from, changed, inSector, count);
        current.put(number, changed);
        cleaned.remove(number);
        unreadable.remove(number);
        length = Math.max(length, position + count);
        pending.add(new Change(sequence, number, changed, position + count));
    }

    void resize(long newLength, long sequence) {
        cut(current, newLength);
        unreadable.removeIf(sector -> sector * SECTOR_BYTES >= newLength);
        length = newLength;
        pending.add(new Change(sequence, -1, new byte[0], newLength));
    }

    private static void cut(Map<Long, byte[]> sectors, long length) {
        long last = length / SECTOR_BYTES;
        int kept = (int) (length % SECTOR_BYTES);
        for (Iterator<Map.Entry<Long, byte[]>> all = sectors.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Long, byte[]> entry = all.next();
            if (entry.getKey() > last || (entry.getKey() == last && kept == 0)) {
                all.remove();
            } else if (entry.getKey() == last) {
                byte[] changed = new byte[SECTOR_BYTES];
                System.arraycopy(entry.getValue(), 0, changed, 0, kept);
                entry.setValue(changed);
            }
        }
    }

    /** Makes everything durable; returns how many bytes had to be written for it. */
    long sync() {
        long bytes = 0;
        for (Change change : pending) {
            if (!change.isResize()) {
                bytes += SECTOR_BYTES;
            }
        }
        Map<Long, byte[]> before = durable;
        durable = new HashMap<>(current);
        for (long sector : cleaned) {
            byte[] old = before.get(sector);
            if (old == null) {
                durable.remove(sector);
            } else if (current.containsKey(sector)) {
                durable.put(sector, old);
            }
        }
        durableLength = length;
        pending.clear();
        return bytes;
    }

    /** A sync fails, and the kernel forgets that what was written since the last one is not on the platter. */
    void failSync() {
        for (Change change : pending) {
            if (!change.isResize()) {
                cleaned.add(change.sector);
            }
        }
        pending.removeIf(change -> !change.isResize());
    }

    /**
     * Power is lost. Changes of the length survive up to {@code keptUntil}; of the sectors written since the last sync, each with
     * the given chance, in no order. A sector that lies behind a cut that did not survive does not survive either.
     */
    void crash(Random random, long keptUntil, double chance) {
        long lost = Long.MAX_VALUE;
        Map<Long, byte[]> sectors = new HashMap<>(durable);
        long newLength = durableLength;
        for (Change change : pending) {
            if (change.isResize()) {
                if (change.sequence <= keptUntil) {
                    cut(sectors, change.length);
                    newLength = change.length;
                } else {
                    lost = Math.min(lost, change.length);
                }
            } else if (change.length <= lost && random.nextDouble() < chance) {
                sectors.put(change.sector, change.bytes);
                newLength = Math.max(newLength, change.length);
            }
        }
        current = sectors;
        length = newLength;
        cleaned.clear();
        sync();
    }

    void flipBit(long position, int bit) {
        long number = position / SECTOR_BYTES;
        int inSector = (int) (position % SECTOR_BYTES);
        flip(current, number, inSector, bit);
        flip(durable, number, inSector, bit);
        for (int i = 0; i < pending.size(); i++) {
            Change change = pending.get(i);
            if (change.sector == number) {
                pending.set(i, new Change(change.sequence, number, current.get(number), change.length));
            }
        }
    }

    /** A sector cannot be read until it is written. */
    void loseSector(long position) {
        unreadable.add(position / SECTOR_BYTES);
    }

    /** Whether the device can return a range. */
    boolean isReadable(long position, int count) {
        return unreadable.stream()
                .noneMatch(
                        sector -> sector * SECTOR_BYTES < position + count && (sector + 1) * SECTOR_BYTES > position);
    }

    /** Whether writing a range means to read sectors of which it is only a part, and that is not possible. */
    boolean isWritable(long position, int count) {
        return isReadable(position - position % SECTOR_BYTES, (int) (position % SECTOR_BYTES))
                && isReadable(position + count, (int) (SECTOR_BYTES - 1 - (position + count - 1) % SECTOR_BYTES));
    }

    private static void flip(Map<Long, byte[]> sectors, long number, int inSector, int bit) {
        byte[] old = sectors.get(number);
        byte[] changed = old == null ? new byte[SECTOR_BYTES] : old.clone();
        changed[inSector] ^= (byte) (1 << bit);
        sectors.put(number, changed);
    }
}
