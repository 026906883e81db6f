package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Parts of entries that contradicted the state and changed nothing: they are in the log, and are no part of what is rebuilt from it. No kind of
 * entry is its own. Section: long how many, int n, n times long position of a part. Loop only.
 */
final class LeftOut implements StatePart {
    static final int SECTION = 66;

    /** Positions that are known; older ones are forgotten, so that a rebuilt index may have their units. */
    private static final int MAX_KNOWN = 100_000;

    private final List<Long> positions = new ArrayList<>();
    private long count;

    /** A part at a position is left out, behind all others. */
    void add(long position) {
        if (positions.size() == MAX_KNOWN) {
            positions.subList(0, MAX_KNOWN / 2).clear();
        }
        positions.add(position);
        count++;
    }

    /** How many there were, ever. */
    long count() {
        return count;
    }

    /** Whether the part at a position was left out. */
    boolean has(long position) {
        return !positions.isEmpty() && Collections.binarySearch(positions, position) >= 0;
    }

    @Override
    public int section() {
        return SECTION;
    }

    @Override
    public boolean owns(byte kind) {
        return false;
    }

    @Override
    public void apply(byte kind, long position, ByteBuf header) {
        throw new IllegalStateException("no entry is of this part, so not one of kind " + kind);
    }

    @Override
    public void clear() {
        positions.clear();
        count = 0;
    }

    @Override
    public void write(ByteBuf target) {
        target.writeLong(count).writeInt(positions.size());
        positions.forEach(target::writeLong);
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        count = source.readLong();
        int known = StateText.count(source.readInt(), MAX_KNOWN, "parts of entries that were left out");
        for (int i = 0; i < known; i++) {
            positions.add(source.readLong());
        }
    }
}
