package io.vledger.importer.store;

import io.vledger.api.store.StoreException;
import io.vledger.importer.format.ConsumeQueueFiles.Unit;
import io.vledger.importer.format.TagsCodes;
import io.vledger.importer.inspect.QueueChecksums;
import io.vledger.importer.manifest.LocalPlacement;
import io.vledger.importer.manifest.OriginManifest;
import io.vledger.importer.store.RebuiltUnits.Chunk;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.SysFlag;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rebuilds damaged units of old queues from the old log, off the loop, one stretch of a queue at a time. Readers that meet damage begin
 * it, and begin it again later if it failed, as while messages of that stretch are damaged themselves. Safe for use by any thread.
 */
final class UnitRebuild {
    private static final Logger LOG = LoggerFactory.getLogger(UnitRebuild.class);
    private static final long PROGRESS_BYTES = 1L << 30;
    /** Of queues that are damaged all over, so many chunks are kept in mind. */
    private static final int MAX_KNOWN = 10_000;

    private final OriginManifest manifest;
    private final OriginLog log;
    private final RebuiltUnits rebuilt;
    private final String delayLevels;
    private final PeerCopies background;
    private final RetryBackoff<Chunk> pauses = new RetryBackoff<>();
    private final Map<Chunk, Damaged> known = new LinkedHashMap<>();
    private boolean busy;
    private long found;
    private long count;

    /** A damaged chunk: what is wrong there, and which queue offsets it has. */
    private record Damaged(OriginUnits units, long to, String what) {}

    /** A range of queue offsets that is rebuilt, {@code to} exclusive. */
    private record Stretch(OriginUnits units, long from, long to) {}

    /** @param delayLevels the old broker's {@code messageDelayLevel}; empty for RocketMQ's own */
    UnitRebuild(
            OriginManifest manifest, OriginLog log, RebuiltUnits rebuilt, String delayLevels, PeerCopies background) {
        this.manifest = manifest;
        this.log = log;
        this.rebuilt = rebuilt;
        this.delayLevels = delayLevels;
        this.background = background;
    }

    /** Chunks that were found damaged since the start. */
    synchronized long found() {
        return found;
    }

    /** Chunks that were rebuilt since the start. */
    synchronized long count() {
        return count;
    }

    /** What is damaged now, in words. */
    synchronized List<String> now() {
        known.values().removeIf(damaged -> damaged.to() <= damaged.units().expired());
        return new ArrayList<>(known.values().stream().map(Damaged::what).toList());
    }

    /** A reader met a damaged chunk: that of a queue offset, which has a run. Does not wait. */
    void met(OriginUnits units, long queueOffset, String what) {
        LocalPlacement.Units run = units.run(queueOffset);
        if (run == null) {
            return;
        }
        Chunk chunk = new Chunk(units.queue().key(), run.chunkFrom(queueOffset));
        synchronized (this) {
            if (!known.containsKey(chunk) && known.size() < MAX_KNOWN) {
                known.put(chunk, new Damaged(units, run.chunkTo(queueOffset), what));
                found++;
                LOG.error("{}: damage in an old queue: {}. It is rebuilt from the log", manifest.group(), what);
            }
            if (busy || !pauses.over(chunk)) {
                return;
            }
            busy = true;
        }
        try {
            background.start(() -> rebuild(units, chunk));
        } catch (IllegalStateException | RejectedExecutionException stopping) {
            over(chunk, false);
        }
    }

    private synchronized void over(Chunk chunk, boolean done) {
        busy = false;
        if (done) {
            pauses.succeeded(chunk);
        } else {
            pauses.failed(chunk);
        }
    }

    private synchronized void keep(Chunk chunk, ByteBuffer units) throws IOException {
        rebuilt.keep(chunk, units);
        known.remove(chunk);
        count++;
    }

    private void rebuild(OriginUnits units, Chunk chunk) {
        boolean done = false;
        OriginManifest.Queue queue = units.queue();
        Stretch stretch = stretch(units, chunk.from());
        try {
            fill(stretch);
            done = true;
            LOG.warn(
                    "{}: rebuilt the units of queue offsets {} to {} of queue {} of {} from the old log",
                    manifest.group(),
                    stretch.from(),
                    stretch.to() - 1,
                    queue.id(),
                    queue.topic());
        } catch (IOException e) {
            LOG.error(
                    "{}: the units of queue offsets {} to {} of queue {} of {} cannot be rebuilt from the old log yet: {}",
                    manifest.group(),
                    stretch.from(),
                    stretch.to() - 1,
                    queue.id(),
                    queue.topic(),
                    e.getMessage());
        } finally {
            over(chunk, done);
        }
    }

    /** The damaged chunks beside the one that was met are rebuilt with it. */
    private static Stretch stretch(OriginUnits units, long chunkFrom) {
        long from = chunkFrom;
        while (from > units.from() && units.unit(from - 1) == null) {
            from = run(units, from - 1).chunkFrom(from - 1);
        }
        long to = run(units, chunkFrom).chunkTo(chunkFrom);
        while (to < units.queue().max() && units.unit(to) == null) {
            to = run(units, to).chunkTo(to);
        }
        return new Stretch(units, from, to);
    }

    private static LocalPlacement.Units run(OriginUnits units, long queueOffset) {
        LocalPlacement.Units run = units.run(queueOffset);
        if (run == null) {
            throw new IllegalStateException("there is no unit of queue offset " + queueOffset);
        }
        return run;
    }

    private void fill(Stretch stretch) throws IOException {
        OriginUnits units = stretch.units();
        OriginManifest.Queue queue = units.queue();
        Unit before = stretch.from() > units.from() ? units.unit(stretch.from() - 1) : null;
        Unit behind = stretch.to() < queue.max() ? units.unit(stretch.to()) : null;
        long from = before != null
                ? before.end()
                : stretch.from() == queue.min() ? log.recordStart(queue.first()) : log.first();
        long to = behind != null ? behind.position() : queue.last() + 1;
        long first = log.first();
        Filler filler = new Filler(stretch, first > manifest.begin() && from <= first);
        long begin = Math.max(from, first);
        long[] reportedAt = {begin};
        log.scan(begin, to, (message, position) -> {
            filler.take(message, position);
            if (position - reportedAt[0] >= PROGRESS_BYTES) {
                reportedAt[0] = position;
                LOG.info(
                        "{}: rebuilding queue {} of {}, at position {} of {}",
                        manifest.group(),
                        queue.id(),
                        queue.topic(),
                        position,
                        to);
            }
        });
        filler.finish();
    }

    /** Collects the units of a stretch and keeps each chunk when it is full. */
    private final class Filler {
        private final Stretch stretch;
        private final TagsCodes tagsCodes = new TagsCodes(delayLevels);
        private final ByteBuffer chunk = ByteBuffer.allocate(QueueChecksums.CHUNK_UNITS * OriginUnits.UNIT_BYTES);
        /** Whether the first messages may have expired; their units are zeros then. */
        private boolean mayBeginLater;

        private long chunkFrom;
        private long next;

        Filler(Stretch stretch, boolean mayBeginLater) {
            this.stretch = stretch;
            this.mayBeginLater = mayBeginLater;
            this.chunkFrom = stretch.from();
            this.next = stretch.from();
        }

        void take(MessageView message, long position) throws IOException {
            OriginManifest.Queue queue = stretch.units().queue();
            long queueOffset = message.queueOffset();
            boolean wanted = queueOffset >= next
                    && queueOffset < stretch.to()
                    && message.queueId() == queue.id()
                    && SysFlag.queued(message.sysFlag())
                    && message.topic().equals(queue.topic());
            if (!wanted) {
                return;
            }
            while (mayBeginLater && next < queueOffset) {
                put(0, 0, 0);
            }
            mayBeginLater = false;
            if (queueOffset == next) {
                put(position, message.totalSize(), tagsCodes.of(message));
            }
        }

        private void put(long position, int size, long tagsCode) throws IOException {
            chunk.putLong(position).putInt(size).putLong(tagsCode);
            next++;
            if (next == run(stretch.units(), chunkFrom).chunkTo(chunkFrom)) {
                keep(new Chunk(stretch.units().queue().key(), chunkFrom), chunk.flip());
                chunk.clear();
                chunkFrom = next;
            }
        }

        void finish() throws StoreException {
            if (next < stretch.to()) {
                throw new StoreException.Damaged("the log has no message of queue offset " + next);
            }
        }
    }
}
