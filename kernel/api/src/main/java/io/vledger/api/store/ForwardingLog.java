package io.vledger.api.store;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Consumer;

/** Passes everything on to another log: for a store that adds to one. Threads are those of {@link LogStore}. */
public class ForwardingLog implements LogStore {
    private final LogStore log;

    /** @param log what everything is passed on to */
    protected ForwardingLog(LogStore log) {
        this.log = log;
    }

    @Override
    public Addressing addressing() {
        return log.addressing();
    }

    @Override
    public LogBase base() {
        return log.base();
    }

    @Override
    public long lastIndex() {
        return log.lastIndex();
    }

    @Override
    public long endPosition() {
        return log.endPosition();
    }

    @Override
    public List<TermRun> terms() {
        return log.terms();
    }

    @Override
    public Recovery recovery() {
        return log.recovery();
    }

    @Override
    public void append(LogBatch batch) throws StoreException {
        log.append(batch);
    }

    @Override
    public void sync() throws StoreException {
        log.sync();
    }

    @Override
    public void truncateSuffix(long index) throws StoreException {
        log.truncateSuffix(index);
    }

    @Override
    public void dropPrefix(long index) throws StoreException {
        log.dropPrefix(index);
    }

    @Override
    public void reset(LogBase base) throws StoreException {
        log.reset(base);
    }

    @Override
    public void setDamageAside() throws StoreException {
        log.setDamageAside();
    }

    @Override
    public void setDamageAside(DamagedRun run) throws StoreException {
        log.setDamageAside(run);
    }

    @Override
    public void onDamage(Consumer<DamagedRun> listener) {
        log.onDamage(listener);
    }

    @Override
    public int repair(LogBatch entries) throws StoreException {
        return log.repair(entries);
    }

    @Override
    public LogBatch readBatch(long index, int maxBytes) throws StoreException {
        return log.readBatch(index, maxBytes);
    }

    @Override
    public void read(long position, int length, ByteBuf target) throws StoreException {
        log.read(position, length, target);
    }

    @Override
    public boolean show(long position, int length, Consumer<ByteBuf> viewer) throws StoreException {
        return log.show(position, length, viewer);
    }

    @Override
    public long firstPosition() {
        return log.firstPosition();
    }

    @Override
    public long hotPosition() {
        return log.hotPosition();
    }

    @Override
    public List<SegmentInfo> segments() {
        return log.segments();
    }
}
