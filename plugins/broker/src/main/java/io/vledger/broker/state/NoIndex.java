package io.vledger.broker.state;

import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.TimeSpan;

/** Indexes of a state that is read for a trial: what is appended goes nowhere. */
public final class NoIndex implements QueueIndex, KeyIndex {
    private static final byte[] NO_MARK = {};

    /** No index. */
    public NoIndex() {}

    @Override
    public QueueLog queue(long queueKey) {
        return new Nowhere();
    }

    @Override
    public void remove(long queueKey) {}

    @Override
    public void add(long keyHash, long position, long storeTimestamp) {}

    @Override
    public long[] find(long keyHash, TimeSpan stored, long before, int max) {
        return new long[0];
    }

    @Override
    public Flush prepareFlush() {
        return () -> NO_MARK;
    }

    @Override
    public void rewind(byte[] mark) {}

    @Override
    public void dropBefore(long position) {}

    private static final class Nowhere implements QueueLog {
        @Override
        public void append(long queueOffset, long position, int size, long tagsCode) {}

        @Override
        public long minOffset() {
            return 0;
        }

        @Override
        public long maxOffset() {
            return 0;
        }

        @Override
        public int read(long queueOffset, int maxUnits, UnitVisitor visitor) {
            return 0;
        }
    }
}
