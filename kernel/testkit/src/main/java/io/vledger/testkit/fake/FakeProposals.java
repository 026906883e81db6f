package io.vledger.testkit.fake;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Refusal;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** What was proposed to a {@link FakeGroup}: the batch that is being filled, those not committed, and who waits for them. */
final class FakeProposals {
    private static final int SLACK_BYTES = 64;

    private final LogStore log;
    private final ByteBufAllocator allocator;
    private final List<LogBatch> batches = new ArrayList<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final List<RuntimeException> callbackFailures = new ArrayList<>();
    private List<Completion> completions = new ArrayList<>();
    private LogBatch.@Nullable Builder builder;
    private byte kind;
    private short version;
    private long term;
    private long writtenIndex;

    private record Waiting(long index, List<Completion> completions) {}

    FakeProposals(LogStore log, ByteBufAllocator allocator) {
        this.log = log;
        this.allocator = allocator;
        this.writtenIndex = log.lastIndex();
    }

    /** Last entry that counts as written here. */
    long writtenIndex() {
        return writtenIndex;
    }

    boolean hasUnwritten() {
        return builder != null || (!batches.isEmpty() && lastBatched() > writtenIndex);
    }

    int pendingEntries() {
        LogBatch.Builder open = builder;
        return waiting.size() + (open != null && open.isOpen() ? 1 : 0);
    }

    long nextPayloadPosition(int bytes) {
        return log.addressing().place(endPosition(), LogRecord.HEADER_BYTES + bytes + SLACK_BYTES)
                + LogRecord.HEADER_BYTES;
    }

    private long endPosition() {
        return batches.isEmpty()
                ? log.endPosition()
                : batches.get(batches.size() - 1).endPosition();
    }

    private long lastBatched() {
        return batches.isEmpty()
                ? log.lastIndex()
                : batches.get(batches.size() - 1).lastIndex();
    }

    /** Makes room for payload bytes in an entry of this kind. */
    void begin(byte entryKind, short payloadVersion, int bytes, long entryTerm) {
        LogBatch.Builder open = builder;
        if (open != null
                && open.isOpen()
                && (kind != entryKind
                        || version != payloadVersion
                        || open.openPayloadBytes() + bytes > FakeGroup.MAX_ENTRY_BYTES)) {
            closeEntry();
        }
        if (open != null && open.room() < bytes + SLACK_BYTES) {
            finishBatch();
            open = null;
        }
        if (open == null) {
            long position = log.addressing().place(endPosition(), LogRecord.HEADER_BYTES + bytes + SLACK_BYTES);
            open = new LogBatch.Builder(log.addressing(), position, allocator, bytes + SLACK_BYTES);
            builder = open;
        }
        if (!open.isOpen()) {
            open.open();
            kind = entryKind;
            version = payloadVersion;
            term = entryTerm;
        }
    }

    LogBatch.Builder builder() {
        LogBatch.Builder open = builder;
        if (open == null) {
            throw new IllegalStateException("nothing was begun");
        }
        return open;
    }

    void submit(Completion completion) {
        completions.add(completion);
    }

    /** Proposes an entry of its own. */
    void proposeOwn(byte entryKind, short payloadVersion, ByteBuf payload, Completion completion, long entryTerm) {
        closeEntry();
        begin(entryKind, payloadVersion, payload.readableBytes(), entryTerm);
        builder().buffer().writeBytes(payload, payload.readerIndex(), payload.readableBytes());
        submit(completion);
        closeEntry();
    }

    /** Closes the open entry, so that the next proposal gets one of its own. */
    void closeEntry() {
        LogBatch.Builder open = builder;
        if (open != null && open.isOpen()) {
            long index = lastBatched() + 1 + open.count();
            open.close(kind, version, index, term);
            waiting.addLast(new Waiting(index, completions));
            completions = new ArrayList<>();
        }
    }

    private void finishBatch() {
        closeEntry();
        LogBatch.Builder open = builder;
        if (open != null) {
            batches.add(open.build());
            builder = null;
        }
    }

    /** From here on others may have seen what was proposed so far. */
    void write() {
        finishBatch();
        writtenIndex = lastBatched();
    }

    /**
     * Appends what was written to the log, applies it, and completes who waits for it.
     *
     * @param applied called after the last one, with its index
     * @return the index of the last entry that is applied
     */
    long commit(BiConsumer<FakeGroup.Entry, ByteBuf> apply, LongConsumer applied, long appliedBefore)
            throws StoreException {
        List<LogBatch> committed = List.copyOf(batches);
        long last = appliedBefore;
        for (LogBatch batch : committed) {
            log.append(batch);
        }
        batches.clear();
        for (LogBatch batch : committed) {
            for (long index = batch.firstIndex(); index <= batch.lastIndex(); index++) {
                apply.accept(entry(batch, index), batch.payloadAt(index));
            }
            last = batch.lastIndex();
            batch.release();
        }
        if (last > appliedBefore) {
            log.sync();
            applied.accept(last);
        }
        while (!waiting.isEmpty() && waiting.peekFirst().index() <= last) {
            waiting.removeFirst().completions().forEach(completion -> complete(completion, null));
        }
        return last;
    }

    private static FakeGroup.Entry entry(LogBatch batch, long index) {
        long position = batch.positionAt(index) + LogRecord.HEADER_BYTES;
        byte[] payload = ByteBufUtil.getBytes(batch.payloadAt(index));
        return new FakeGroup.Entry(index, batch.kindAt(index), batch.payloadVersionAt(index), position, payload);
    }

    /** This member leads no longer: what was not written never happened, the outcome of the rest is unknown. */
    void fail() {
        closeEntry();
        LogBatch.Builder open = builder;
        builder = null;
        if (open != null) {
            open.discard();
        }
        batches.forEach(LogBatch::release);
        batches.clear();
        List<Waiting> lost = List.copyOf(waiting);
        waiting.clear();
        long lastWritten = writtenIndex;
        writtenIndex = log.lastIndex();
        for (Waiting entry : lost) {
            Refusal outcome = entry.index() <= lastWritten ? Refusal.UNKNOWN : Refusal.NOT_LEADER;
            entry.completions().forEach(completion -> complete(completion, outcome));
        }
    }

    /** Reports an outcome, as the replica does: a callback that throws does not keep others from theirs. */
    void complete(Completion completion, @Nullable Refusal outcome) {
        try {
            completion.done(outcome);
        } catch (RuntimeException failure) {
            callbackFailures.add(failure);
        }
    }

    /** What callbacks threw. */
    List<RuntimeException> callbackFailures() {
        return callbackFailures;
    }
}
