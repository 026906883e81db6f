package io.vledger.importer.manifest;

import io.vledger.importer.format.BrokerLock;
import io.vledger.importer.format.DurableFile;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.SegmentFiles;
import io.vledger.importer.format.SegmentWalk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
public final class OriginChangeCheck {
    private static final Logger LOG = LoggerFactory.getLogger(OriginChangeCheck.class);
    /** A file in the origin's directory: how many messages behind the end somebody decided to leave; empty for those that are there. */
    public static final String LEFT_BEHIND = "left-behind";

    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    private final OriginManifest manifest;
    private final LocalPlacement placement;
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
    public OriginChangeCheck(OriginManifest manifest, LocalPlacement placement, Path root, Path directory, Path group) {
        this.manifest = manifest;
        this.placement = placement;
        this.root = root;
        this.directory = directory;
        this.group = group;
    }

    /** Remembers which messages are behind the end from the beginning, as where somebody decided for another member's. */
    public void remember() throws IOException {
        Path log = newest();
        long later = log == null ? 0 : count(log);
        if (later > 0) {
            leave(later);
        }
    }

    private void leave(long later) throws IOException {
        DurableFile.write(directory.resolve(LEFT_BEHIND), later + " messages behind position " + manifest.end() + "\n");
    }

    /**
     * Refuses to continue if the old broker runs, or wrote since.
     *
     * @throws OldBrokerRanAgainException if it did, with what can be done
     */
    public void check() throws IOException {
        String holder = BrokerLock.holder(root);
        if (holder != null) {
            throw new OriginChangedException("the old broker runs again: " + holder);
        }
        Path log = newest();
        if (log == null || !touched(log)) {
            return;
        }
        long later = count(log);
        Path decision = directory.resolve(LEFT_BEHIND);
        if (Files.exists(decision) && Files.size(decision) == 0) {
            // Somebody decided for what is there now, and for nothing that comes.
            leave(later);
        }
        if (later > leftBehind(decision)) {
            throw new OriginChangedException("the old broker has run again: " + log + " has " + later
                    + " messages behind position " + manifest.end()
                    + ", where this group's own begin. To take everything over anew, which gives up what the group accepted,"
                    + " stop all members and move the directories " + group + " and " + directory
                    + " of each away. To continue with the group and leave those messages behind, create the empty file "
                    + decision + " (again, if it is there) and start this member again");
        }
    }

    private static long leftBehind(Path decision) throws IOException {
        if (!Files.exists(decision)) {
            return 0;
        }
        Matcher number = NUMBER.matcher(Files.readString(decision));
        return number.lookingAt() ? Long.parseLong(number.group()) : 0;
    }

    /** The log's last file; null if it was copied or has expired, so that no old broker writes to it. */
    private @Nullable Path newest() {
        Path file = manifest.files().isEmpty() ? null : placement.log().get(last().position());
        return file == null || file.toAbsolutePath().startsWith(directory.toAbsolutePath()) || !Files.exists(file)
                ? null
                : file.toAbsolutePath();
    }

    private OriginManifest.File last() {
        return manifest.files().get(manifest.files().size() - 1);
    }

    private boolean touched(Path log) throws IOException {
        FileTime taken = Files.getLastModifiedTime(directory.resolve(ManifestFiles.HERE));
        for (Path file : List.of(
                log,
                parent(log),
                root.resolve("abort"),
                root.resolve("checkpoint"),
                root.resolve("config/consumerOffset.json"))) {
            if (Files.exists(file) && Files.getLastModifiedTime(file).compareTo(taken) > 0) {
                return true;
            }
        }
        return false;
    }

    private static Path parent(Path file) {
        return Objects.requireNonNull(file.getParent(), "an absolute path of a file has a parent");
    }

    private long count(Path log) {
        long[] later = {0};
        try {
            new SegmentWalk(SegmentFiles.list(parent(log)), last().framing())
                    .from(
                            last().position(),
                            (message, position, index, term) -> later[0] += position >= manifest.end() ? 1 : 0);
        } catch (OriginFileException e) {
            LOG.warn("whether the old broker ran again is not known: {}", e.getMessage());
        }
        return later[0];
    }
}
