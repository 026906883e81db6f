package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.util.List;
import java.util.function.Consumer;

/** The group's own log, with the old one before it for those who read by position. Entries and segments are the own ones. */
final class ContinuedLog implements LogStore {
    private final LogStore own;
    private final OriginLog old;
    private final long border;

    /** @param border where the own log began */
    ContinuedLog(LogStore own, OriginLog old, long border) {
        this.own = own;
        this.old = old;
        this.border = border;
        cutOffIfOwnBeginsLater();
    }

    /** Between the old log and ours there must be no gap: readers go through both by position. */
    private void cutOffIfOwnBeginsLater() {
        if (own.base().position() > border) {
            old.cutOff();
        }
    }

    @Override
    public Addressing addressing() {
        return own.addressing();
    }

    @Override
    public LogBase base() {
        return own.base();
    }

    @Override
    public long lastIndex() {
        return own.lastIndex();
    }

    @Override
    public long endPosition() {
        return own.endPosition();
    }

    @Override
    public List<TermRun> terms() {
        return own.terms();
    }

    @Override
    public Recovery recovery() {
        return own.recovery();
    }

    @Override
    public void append(LogBatch batch) throws StoreException {
        own.append(batch);
    }

    @Override
    public void sync() throws StoreException {
        own.sync();
    }

    @Override
    public void truncateSuffix(long index) throws StoreException {
        own.truncateSuffix(index);
    }

    @Override
    public void dropPrefix(long index) throws StoreException {
        own.dropPrefix(index);
        cutOffIfOwnBeginsLater();
    }

    @Override
    public void reset(LogBase base) throws StoreException {
        own.reset(base);
        cutOffIfOwnBeginsLater();
    }

    @Override
    public void setDamageAside() throws StoreException {
        own.setDamageAside();
    }

    @Override
    public void setDamageAside(DamagedRun run) throws StoreException {
        own.setDamageAside(run);
    }

    @Override
    public void onDamage(Consumer<DamagedRun> listener) {
        own.onDamage(listener);
    }

    @Override
    public int repair(LogBatch entries) throws StoreException {
        return own.repair(entries);
    }

    @Override
    public LogBatch readBatch(long index, int maxBytes) throws StoreException {
        return own.readBatch(index, maxBytes);
    }

    @Override
    public void read(long position, int length, ByteBuf target) throws StoreException {
        if (position >= border) {
            own.read(position, length, target);
            return;
        }
        int before = (int) Math.min(length, border - position);
        old.read(position, before, target);
        if (before < length) {
            own.read(border, length - before, target);
        }
    }

    @Override
    public long firstPosition() {
        long first = old.first();
        return first < border && !old.isCutOff() ? first : own.firstPosition();
    }

    /** Old bytes have not been in memory for long, most likely. */
    @Override
    public long hotPosition() {
        return Math.max(border, own.hotPosition());
    }

    @Override
    public List<SegmentInfo> segments() {
        return own.segments();
    }
}
