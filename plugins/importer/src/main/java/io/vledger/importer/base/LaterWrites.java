package io.vledger.importer.base;

import io.vledger.importer.legacy.DurableFile;
import io.vledger.importer.legacy.LegacyException;
import io.vledger.importer.legacy.SegmentFiles;
import io.vledger.importer.legacy.SegmentWalk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that the old broker ran again after its data was taken over: what it wrote then is in no group, and would be passed over
 * in silence. Blocks; one thread.
 *
 * <p>The log's last file is walked only if some file of the old broker is younger than the take-over, so that a restart costs
 * nothing.
 */
public final class LaterWrites {
    private static final Logger LOG = LoggerFactory.getLogger(LaterWrites.class);
    /** A file in the origin's directory: somebody knows of messages behind the end, and has decided to leave them. */
    static final String LEFT_BEHIND = "left-behind";

    private final Base base;
    private final Path root;
    private final Path directory;
    private final @Nullable Path newest;

    /**
     * On one node.
     *
     * @param root where the old broker kept its data
     * @param directory the origin's own directory
     */
    public LaterWrites(Base base, Here here, Path root, Path directory) {
        this.base = base;
        this.root = root;
        this.directory = directory;
        this.newest = newest(base, here.log());
    }

    private static @Nullable Path newest(Base base, Map<Long, Path> log) {
        List<Base.File> files = base.files();
        Path path = files.isEmpty() ? null : log.get(files.get(files.size() - 1).position());
        return path == null ? null : path.toAbsolutePath();
    }

    /** Remembers that there are messages behind the end from the beginning, as where somebody decided for another member's. */
    public void remember() throws IOException {
        long later = inOldDirectory() ? count() : 0;
        if (later > 0) {
            DurableFile.write(directory.resolve(LEFT_BEHIND), later + " messages when it was taken over\n");
        }
    }

    /**
     * Refuses to go on if the old broker wrote since.
     *
     * @throws IOException if it did, with what can be done
     */
    public void check() throws IOException {
        if (!inOldDirectory() || Files.exists(directory.resolve(LEFT_BEHIND)) || !touched()) {
            return;
        }
        long later = count();
        if (later > 0) {
            throw new IOException("the old broker has run again: " + newest + " has " + later
                    + " messages behind position " + base.end()
                    + ", where this group's own begin. To take everything over anew, which gives up what the group accepted,"
                    + " stop all members and move the directories " + own() + " and " + directory
                    + " of each away. To go on with the group and leave those messages behind, create the file "
                    + directory.resolve(LEFT_BEHIND) + " and start again");
        }
    }

    private String own() {
        String name = directory.toString();
        return name.endsWith("-origin") ? name.substring(0, name.length() - "-origin".length()) : name;
    }

    /** What was copied, or has expired, no old broker writes to. */
    private boolean inOldDirectory() {
        Path file = newest;
        return file != null && !file.startsWith(directory.toAbsolutePath()) && Files.exists(file);
    }

    private boolean touched() throws IOException {
        FileTime taken = Files.getLastModifiedTime(directory.resolve(BaseFiles.HERE));
        Path log = newest;
        for (Path file : log == null
                ? List.<Path>of()
                : List.of(
                        log,
                        log.getParent(),
                        root.resolve("abort"),
                        root.resolve("checkpoint"),
                        root.resolve("config/consumerOffset.json"))) {
            if (Files.exists(file) && Files.getLastModifiedTime(file).compareTo(taken) > 0) {
                return true;
            }
        }
        return false;
    }

    private long count() {
        Path file = newest;
        if (file == null) {
            return 0;
        }
        Base.File last = base.files().get(base.files().size() - 1);
        long[] later = {0};
        try {
            new SegmentWalk(SegmentFiles.list(file.getParent()), last.framing())
                    .from(
                            last.position(),
                            (message, position, index, term) -> later[0] += position >= base.end() ? 1 : 0);
        } catch (LegacyException e) {
            LOG.warn("whether the old broker ran again is not known: {}", e.getMessage());
        }
        return later[0];
    }
}
