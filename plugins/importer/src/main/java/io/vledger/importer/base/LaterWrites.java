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
    private final Here here;
    private final Path root;
    private final Path directory;
    private final Path group;

    /**
     * On one node.
     *
     * @param root where the old broker kept its data
     * @param directory the origin's own directory
     * @param group the group's directory
     */
    public LaterWrites(Base base, Here here, Path root, Path directory, Path group) {
        this.base = base;
        this.here = here;
        this.root = root;
        this.directory = directory;
        this.group = group;
    }

    /** Remembers that there are messages behind the end from the beginning, as where somebody decided for another member's. */
    public void remember() throws IOException {
        Path log = newest();
        long later = log == null ? 0 : count(log);
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
        Path log = newest();
        if (log == null || Files.exists(directory.resolve(LEFT_BEHIND)) || !touched(log)) {
            return;
        }
        long later = count(log);
        if (later > 0) {
            throw new IOException("the old broker has run again: " + log + " has " + later
                    + " messages behind position " + base.end()
                    + ", where this group's own begin. To take everything over anew, which gives up what the group accepted,"
                    + " stop all members and move the directories " + group + " and " + directory
                    + " of each away. To go on with the group and leave those messages behind, create the file "
                    + directory.resolve(LEFT_BEHIND) + " and start again");
        }
    }

    /** The log's last file; null if it was copied or has expired, so that no old broker writes to it. */
    private @Nullable Path newest() {
        Path file = base.files().isEmpty() ? null : here.log().get(last().position());
        return file == null || file.toAbsolutePath().startsWith(directory.toAbsolutePath()) || !Files.exists(file)
                ? null
                : file.toAbsolutePath();
    }

    private Base.File last() {
        return base.files().get(base.files().size() - 1);
    }

    private boolean touched(Path log) throws IOException {
        FileTime taken = Files.getLastModifiedTime(directory.resolve(BaseFiles.HERE));
        for (Path file : List.of(
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

    private long count(Path log) {
        long[] later = {0};
        try {
            new SegmentWalk(SegmentFiles.list(log.getParent()), last().framing())
                    .from(
                            last().position(),
                            (message, position, index, term) -> later[0] += position >= base.end() ? 1 : 0);
        } catch (LegacyException e) {
            LOG.warn("whether the old broker ran again is not known: {}", e.getMessage());
        }
        return later[0];
    }
}
