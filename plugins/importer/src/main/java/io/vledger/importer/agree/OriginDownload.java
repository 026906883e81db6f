package io.vledger.importer.agree;

import io.vledger.importer.manifest.OriginManifest;
import io.vledger.importer.store.FirstPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets together the files of a manifest: this node's own where they have the same bytes, those that an earlier run copied, and copies of
 * the rest. Blocks; one thread.
 */
final class OriginDownload {
    private static final Logger LOG = LoggerFactory.getLogger(OriginDownload.class);
    private static final long MIB = 1L << 20;
    /** Room that stays free: for queues that are rebuilt and the group's own first files. */
    private static final long MARGIN_BYTES = 64 * MIB;

    private final Path directory;
    private final OriginManifest manifest;
    private final LocalFiles local;
    /** What was read of this node's files before. */
    private final Map<Long, MemberFacts.LogFile> known = new HashMap<>();

    private long done;
    private long total;
    /** Position behind the last file that has expired at the source and is not here either. */
    private long expired;

    /** Receives progress; may end the copying by throwing. */
    interface Progress {
        void report(String text) throws IOException;
    }

    /**
     * What is here and what is not.
     *
     * @param log path of each file by its position; where a missing one will be, too
     * @param missing what must be copied
     */
    record Plan(Map<Long, Path> log, List<OriginManifest.File> missing) {}

    OriginDownload(Path directory, OriginManifest manifest, LocalFiles local, List<MemberFacts.LogFile> known) {
        known.forEach(file -> this.known.put(file.position(), file));
        this.directory = directory;
        this.manifest = manifest;
        this.local = local;
    }

    private long counted(OriginManifest.File file) {
        return Math.min(file.length(), manifest.end() - file.position());
    }

    /** Looks what is here; reads the files that might be. */
    Plan plan(Progress progress) throws IOException {
        Map<Long, Path> log = new HashMap<>();
        List<OriginManifest.File> missing = new ArrayList<>();
        for (OriginManifest.File file : manifest.files()) {
            progress.report("checking the file at position " + file.position() + " of " + manifest.end());
            LocalFiles.LogFile own = local.file(file.position());
            Path copy = copy(file);
            if (own != null && own.framing() == file.framing() && sameAsOwn(file, own)) {
                log.put(file.position(), own.path());
                continue;
            }
            log.put(file.position(), copy);
            LocalFiles.LogFile copied = new LocalFiles.LogFile(copy, file.position(), file.length(), file.framing());
            if (!Files.exists(copy) || Files.size(copy) != file.length() || !same(file, copied)) {
                missing.add(file);
            }
        }
        return new Plan(log, missing);
    }

    private boolean sameAsOwn(OriginManifest.File file, LocalFiles.LogFile own) throws IOException {
        MemberFacts.LogFile read = known.get(file.position());
        if (read == null || read.counted() != counted(file)) {
            return same(file, own);
        }
        return read.length() == file.length() && read.digest().equals(file.digest());
    }

    private boolean same(OriginManifest.File file, LocalFiles.LogFile candidate) throws IOException {
        return candidate.length() == file.length()
                && local.digest(candidate, counted(file), read -> {}).equals(file.digest());
    }

    private Path copy(OriginManifest.File file) {
        return directory.resolve("log").resolve(String.format("%020d", file.position()));
    }

    private Path copy(MemberFacts.IndexFile file) {
        return directory.resolve("index").resolve(file.name());
    }

    /** Fails if what is to be copied does not fit on the disk. */
    void checkRoom(Plan plan, List<MemberFacts.IndexFile> index) throws IOException {
        Files.createDirectories(directory);
        long needed = MARGIN_BYTES;
        for (OriginManifest.File file : plan.missing) {
            Path part = copy(file).resolveSibling(copy(file).getFileName() + ".part");
            needed += counted(file) - (Files.exists(part) ? Math.min(Files.size(part), counted(file)) : 0);
        }
        for (MemberFacts.IndexFile file : index) {
            needed += Files.exists(copy(file)) ? 0 : file.length();
        }
        long free = Files.getFileStore(directory).getUsableSpace();
        if (free < needed) {
            throw new IOException(directory + ": there is no room for what must be copied: " + needed / MIB
                    + " MiB are needed, " + free / MIB + " MiB are free, " + ((needed - free) / MIB + 1)
                    + " MiB are missing; make room or put the data directory on a larger disk, and start again");
        }
    }

    /**
     * Copies what is missing; what is complete is not copied again by a later call.
     *
     * @param index the index files of the source
     */
    void copy(Plan plan, String source, PeerQueries queries, List<MemberFacts.IndexFile> index, Progress progress)
            throws IOException {
        expired = plan.missing.isEmpty() ? 0 : queries.first(source);
        long gapEnd = 0;
        done = 0;
        total = plan.missing.stream().mapToLong(this::counted).sum();
        for (OriginManifest.File file : plan.missing) {
            if (file.position() < expired) {
                done += counted(file);
                gapEnd = file.position() + file.length();
                continue;
            }
            Path target = copy(file);
            if (!Files.exists(target)
                    || Files.size(target) != file.length()
                    || !same(file, new LocalFiles.LogFile(target, file.position(), file.length(), file.framing()))) {
                progress.report(copying(source));
                Interruptible interruptible = new Interruptible(progress, source);
                FileCopier.copy(
                        (from, length) -> queries.readLog(source, file.position(), from, length),
                        target,
                        counted(file),
                        file.length(),
                        file.digest(),
                        interruptible);
            } else {
                done += counted(file);
            }
        }
        expired = gapEnd;
        if (gapEnd > 0) {
            // What this node has from before stays on its disk: only its own retention deletes.
            FirstPosition.note(directory, gapEnd);
        }
        for (MemberFacts.IndexFile file : index) {
            copyIndex(source, queries, file, progress);
        }
    }

    private void copyIndex(String source, PeerQueries queries, MemberFacts.IndexFile file, Progress progress)
            throws IOException {
        if (!IndexFileName.valid(file.name()) || Files.exists(copy(file))) {
            return;
        }
        progress.report("copying index file " + file.name() + " from " + source);
        try {
            FileCopier.copy(
                    (from, length) -> queries.readIndex(source, file.name(), from, length),
                    copy(file),
                    file.length(),
                    file.length(),
                    "",
                    copied -> {});
        } catch (NoSuchFileException e) {
            LOG.info("index file {} has expired on {} meanwhile and is left out", file.name(), source);
        }
    }

    private String copying(String source) {
        return "copying the old log from " + source + ", " + done / MIB + " of " + total / MIB + " MiB";
    }

    /** Counts, and lets the receiver of progress end the copying. */
    private final class Interruptible implements FileCopier.Copied {
        private final Progress progress;
        private final String source;

        Interruptible(Progress progress, String source) {
            this.progress = progress;
            this.source = source;
        }

        @Override
        public void copied(long bytes) throws IOException {
            done += bytes;
            progress.report(copying(source));
        }
    }

    /** Path of each file that is here, by its position, once everything was copied: those that have expired are not. */
    Map<Long, Path> files(Plan plan) {
        Map<Long, Path> there = new HashMap<>(plan.log);
        there.keySet().removeIf(position -> position < expired);
        return there;
    }

    /** The index files that were copied, oldest first. */
    List<Path> indexFiles(List<MemberFacts.IndexFile> index) {
        return index.stream()
                .filter(file -> IndexFileName.valid(file.name()))
                .map(this::copy)
                .filter(Files::exists)
                .sorted()
                .toList();
    }
}
