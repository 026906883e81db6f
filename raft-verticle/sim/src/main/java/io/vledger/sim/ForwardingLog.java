package io.vledger.sim;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.util.List;
import java.util.function.Consumer;

/** Passes everything on to another log. */
class ForwardingLog implements LogStore {
    private final LogStore log;

    ForwardingLog(LogStore log) {
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
    public long hotPosition() {
        return log.hotPosition();
    }

    @Override
    public List<SegmentInfo> segments() {
        return log.segments();
    }
}
