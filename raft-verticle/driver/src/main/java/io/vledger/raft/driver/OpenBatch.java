package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Refusal;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The leader's batch that is being filled, and the proposals that wait for it. Loop only. */
final class OpenBatch {
    /** Entries above this many bytes do not share a batch with later ones. */
    private static final int BATCH_BYTES = 1 << 20;

    /** Least room that a batch begins with; it grows with what comes. */
    private static final int INITIAL_BYTES = 1 << 10;
    /** About what a waiting proposal costs in memory beside its bytes: completion, request, entry. */
    static final int WAITING_BYTES = 512;

    private static final int SLACK_BYTES = 64;

    /**
     * An entry that was sealed and not applied yet.
     *
     * @param bytes what it counts against the bound of pending bytes
     */
    record Waiting(long index, List<Completion> completions, int bytes) {}

    private final Addressing addressing;
    private final ByteBufAllocator allocator;
    private final int maxEntryBytes;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final List<LogBatch> sealed = new ArrayList<>(2);

    private LogBatch.@Nullable Builder builder;
    private byte kind;
    private short version;
    private List<Completion> completions = new ArrayList<>();
    private long nextIndex;
    private long term;
    private long endPosition;
    private long pendingBytes;
    private int recentBytes = INITIAL_BYTES;

    OpenBatch(Addressing addressing, ByteBufAllocator allocator, int maxEntryBytes) {
        this.addressing = addressing;
        this.allocator = allocator;
        this.maxEntryBytes = maxEntryBytes;
    }

    /** This node leads from here on: the next entry has this index and term and follows that position. */
    void lead(long firstIndex, long leaderTerm, long position) {
        nextIndex = firstIndex;
        term = leaderTerm;
        endPosition = position;
    }

    /** Makes room for payload bytes in an entry of this kind. */
    void begin(byte entryKind, short payloadVersion, int bytes) {
        LogBatch.Builder open = builder;
        if (open != null
                && open.isOpen()
                && (kind != entryKind
                        || version != payloadVersion
                        || open.openPayloadBytes() + bytes > maxEntryBytes)) {
            closeEntry();
        }
        if (open != null && (open.room() < bytes + SLACK_BYTES || (!open.isOpen() && open.byteCount() > BATCH_BYTES))) {
            sealBuilder();
            open = null;
        }
        if (open == null) {
            long position = addressing.place(endPosition, LogRecord.HEADER_BYTES + bytes + SLACK_BYTES);
            open = new LogBatch.Builder(addressing, position, allocator, Math.max(recentBytes, bytes + SLACK_BYTES));
            builder = open;
        }
        if (!open.isOpen()) {
            open.open();
            kind = entryKind;
            version = payloadVersion;
        }
    }

    /** Where payload bytes go. */
    ByteBuf buffer() {
        return builder().buffer();
    }

    /** Position of the next payload byte. */
    long bufferPosition() {
        return builder().writePosition();
    }

    /** Ends what {@link #begin} began. */
    void submit(Completion completion, int bytes) {
        completions.add(completion);
        pendingBytes += bytes + WAITING_BYTES;
    }

    /** Closes the open entry so that the next proposal gets one of its own. */
    void closeEntry() {
        LogBatch.Builder open = builder;
        if (open == null || !open.isOpen()) {
            return;
        }
        int bytes = open.openPayloadBytes() + completions.size() * WAITING_BYTES;
        open.close(kind, version, nextIndex, term);
        waiting.addLast(new Waiting(nextIndex, completions, bytes));
        completions = new ArrayList<>(completions.size() + 4);
        nextIndex++;
    }

    /** Whether there is anything to seal. */
    boolean isEmpty() {
        return builder == null && sealed.isEmpty();
    }

    /** Bytes in the batch that is being filled. */
    int fill() {
        return builder == null ? 0 : builder.byteCount();
    }

    /** Takes the finished batches; the caller owns one reference to each. */
    List<LogBatch> take() {
        sealBuilder();
        List<LogBatch> taken = List.copyOf(sealed);
        sealed.clear();
        return taken;
    }

    private void sealBuilder() {
        closeEntry();
        LogBatch.Builder open = builder;
        if (open != null) {
            LogBatch batch = open.build();
            // The next is likely as large as this one. A guess that was too high is given back by build().
            recentBytes = Math.max(INITIAL_BYTES, Math.min(BATCH_BYTES, batch.byteCount() + batch.byteCount() / 4));
            endPosition = batch.endPosition();
            sealed.add(batch);
            builder = null;
        }
    }

    /** Bytes proposed and not applied, with the memory that waiting proposals cost. */
    long pendingBytes() {
        return pendingBytes;
    }

    /** Completes proposals whose entry is applied, up to {@code index}. */
    void applied(long index) {
        while (!waiting.isEmpty() && waiting.peekFirst().index() <= index) {
            Waiting entry = waiting.removeFirst();
            pendingBytes -= entry.bytes();
            entry.completions().forEach(completion -> Completions.complete(completion, null));
        }
    }

    /** This node does not lead any more: what was not sealed never happened, the outcome of the rest is unknown. */
    void fail() {
        List<Completion> never = completions;
        completions = new ArrayList<>();
        long firstSealed = sealed.isEmpty() ? Long.MAX_VALUE : sealed.get(0).firstIndex();
        LogBatch.Builder open = builder;
        if (open != null) {
            firstSealed = Math.min(firstSealed, nextIndex - open.count());
            open.discard();
            builder = null;
        }
        sealed.forEach(LogBatch::release);
        sealed.clear();
        List<Waiting> lost = List.copyOf(waiting);
        waiting.clear();
        pendingBytes = 0;
        for (Waiting entry : lost) {
            Refusal outcome = entry.index() >= firstSealed ? Refusal.NOT_LEADER : Refusal.UNKNOWN;
            entry.completions().forEach(completion -> Completions.complete(completion, outcome));
        }
        never.forEach(completion -> Completions.complete(completion, Refusal.NOT_LEADER));
    }

    private LogBatch.Builder builder() {
        LogBatch.Builder open = builder;
        if (open == null) {
            throw new IllegalStateException("nothing was begun");
        }
        return open;
    }
}
