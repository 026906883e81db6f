package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.ForwardingLog;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;

/** The group's own log, with the old one before it for those who read by position. Entries and segments are the own ones. */
final class ContinuedLog extends ForwardingLog {
    private final LogStore own;
    private final OriginLog old;
    private final long border;

    /** @param border where the own log began */
    ContinuedLog(LogStore own, OriginLog old, long border) {
        super(own);
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
    public void dropPrefix(long index) throws StoreException {
        super.dropPrefix(index);
        cutOffIfOwnBeginsLater();
    }

    @Override
    public void reset(LogBase base) throws StoreException {
        super.reset(base);
        cutOffIfOwnBeginsLater();
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
}
