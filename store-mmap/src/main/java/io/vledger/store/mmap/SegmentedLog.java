package io.vledger.store.mmap;

import io.vledger.api.disk.Disk;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of a log share: its files, what readers see of it, what is not durable yet, and what has failed. Lane only, but for
 * {@link #view}.
 */
final class SegmentedLog {
    final Disk disk;
    final Addressing addressing;
    final Watermark watermark;
    final TrustedBytes trusted;
    final UnsyncedBatches unsyncedBatches = new UnsyncedBatches();
    /** Bytes were written that are not synced. */
    boolean unsynced;
    /** Files were made whose names are not synced. */
    boolean directoryUnsynced;
    /** What a full disk has kept from being finished; done before anything else. */
    @Nullable
    Steps unfinished;
    /** Opening found damage that was not set aside yet. */
    boolean damagePending;

    private final DoubleWriteFile manifestFile;
    private final String damage;
    private Manifest manifest;
    private volatile LogView view;
    private @Nullable StoreException broken;

    /** Steps that can be repeated until all of them are done. */
    interface Steps {
        void run() throws IOException;
    }

    /**
     * A log as recovery found it.
     *
     * @param damage what is damaged; empty if nothing is
     */
    SegmentedLog(
            Disk disk,
            DoubleWriteFile manifestFile,
            Manifest manifest,
            Watermark watermark,
            LogView view,
            TrustedBytes trusted,
            String damage) {
        this.disk = disk;
        this.addressing = new Addressing(manifest.segmentBytes());
        this.manifestFile = manifestFile;
        this.manifest = manifest;
        this.watermark = watermark;
        this.view = view;
        this.trusted = trusted;
        this.damage = damage;
        this.damagePending = !damage.isEmpty();
    }

    /** What readers see. Any thread. */
    LogView view() {
        return view;
    }

    /** Changes what readers see. */
    void show(LogView changed) {
        view = changed;
    }

    /** What opening found damaged. */
    String damage() {
        return damage;
    }

    Manifest manifest() {
        return manifest;
    }

    /** Shows readers a log that was cut. */
    void showCut(LogView cut) {
        view = cut;
        trusted.cut(cut.end());
        unsyncedBatches.cut(cut.lastIndex() + 1);
    }

    /** Promises less, where the watermark promises more. */
    void lowerWatermark(LogView to) throws IOException {
        if (watermark.position() > to.end()) {
            watermark.lower(to.end(), to.lastIndex(), to.lastTerm());
        }
    }

    /** Changes the manifest durably. */
    void save(Manifest changed) throws StoreException {
        try {
            changed.save(manifestFile);
        } catch (StoreException.DiskFull e) {
            throw e;
        } catch (StoreException e) {
            throw broken(e);
        }
        manifest = changed;
    }

    /** Finishes what a full disk has interrupted. */
    void finishUnfinished() throws StoreException {
        Steps steps = unfinished;
        if (steps != null) {
            try {
                steps.run();
            } catch (IOException e) {
                throw fullOrBroken("finishing what a full disk interrupted", "log", e);
            }
            unfinished = null;
        }
    }

    /** Refuses writes to a log that has failed, whether or not damage waits to be set aside. */
    void requireNotBroken() throws StoreException {
        if (broken != null) {
            throw broken;
        }
    }

    /** Refuses writes to a log that has failed, or whose damage was not set aside. */
    void checkWritable() throws StoreException {
        requireNotBroken();
        if (damagePending) {
            throw new StoreException(damage + "; the damage must be set aside before anything is written");
        }
    }

    /** What a failure means: a full disk, or that nothing is written any more. */
    StoreException fullOrBroken(String doing, String file, IOException e) {
        StoreException failure = Failures.of(doing, file, e);
        return failure instanceof StoreException.DiskFull ? failure : broken(failure);
    }

    /** Nothing is written any more; returns the failure. */
    StoreException broken(StoreException e) {
        broken = new StoreException(e.getMessage() + "; the log takes no more writes until the node is restarted", e);
        return e;
    }

    /** Closes the files; reads that come later fail as out of range. */
    void close() throws IOException {
        LogView now = view;
        broken = new StoreException("the log is closed");
        view = LogView.empty(now.base(), now.cuts() + 1);
        unsyncedBatches.synced();
        for (Segment segment : now.segments()) {
            segment.file.close();
        }
        watermark.close();
    }
}
