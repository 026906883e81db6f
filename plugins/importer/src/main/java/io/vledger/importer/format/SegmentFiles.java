package io.vledger.importer.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of one segmented store of an old broker: each is named by the position of its first byte in 20 digits, and all have
 * one size, which was an operator's setting and is inferred here from lengths and names. Immutable.
 */
public final class SegmentFiles {
    /** Longest file that is taken; RocketMQ's own bound is that of a memory map. */
    public static final long MAX_FILE_BYTES = Integer.MAX_VALUE;

    private static final Pattern NAME = Pattern.compile("\\d{20}");

    private final Path directory;
    private final List<SegmentFile> files;
    private final List<String> notes;

    /**
     * One file.
     *
     * @param path where it is
     * @param position position of its first byte
     * @param length its length in bytes
     */
    public record SegmentFile(Path path, long position, long length) {
        /** Position behind its last byte. */
        public long end() {
            return position + length;
        }
    }

    private SegmentFiles(Path directory, List<SegmentFile> files, List<String> notes) {
        this.directory = directory;
        this.files = List.copyOf(files);
        this.notes = List.copyOf(notes);
    }

    /**
     * Lists the files of a directory; none if it does not exist. An empty last file, which a broker makes ahead and a kill
     * leaves behind, is left out.
     *
     * @throws OriginFileException if lengths differ, files are missing in between, or a length does not fit the names
     */
    public static SegmentFiles list(Path directory) throws OriginFileException {
        if (!Files.isDirectory(directory)) {
            return none(directory);
        }
        List<SegmentFile> found = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path path : entries.sorted().toList()) {
                String name = path.getFileName().toString();
                if (Files.isDirectory(path)) {
                    continue;
                }
                if (NAME.matcher(name).matches()) {
                    found.add(new SegmentFile(path, position(path, name), Files.size(path)));
                } else {
                    notes.add(path + " is not a segment and was left out");
                }
            }
        } catch (IOException e) {
            throw new OriginFileException(directory, "cannot be read: " + e.getMessage(), e);
        }
        if (!found.isEmpty() && found.get(found.size() - 1).length() == 0) {
            notes.add(found.remove(found.size() - 1).path() + " is empty, as a kill leaves a file made ahead");
        }
        check(found);
        return new SegmentFiles(directory, found, notes);
    }

    /** No files. */
    public static SegmentFiles none(Path directory) {
        return new SegmentFiles(directory, List.of(), List.of());
    }

    private static long position(Path path, String name) throws OriginFileException {
        try {
            return Long.parseLong(name);
        } catch (NumberFormatException tooLarge) {
            throw new OriginFileException(path, "its name is beyond every position; move it away", tooLarge);
        }
    }

    private static void check(List<SegmentFile> files) throws OriginFileException {
        if (files.isEmpty()) {
            return;
        }
        long size = files.get(0).length();
        long expected = files.get(0).position();
        for (SegmentFile file : files) {
            if (file.length() != size || size > MAX_FILE_BYTES) {
                throw new OriginFileException(
                        file.path(),
                        "has " + file.length() + " bytes where the first file has " + size
                                + "; it was cut or only half copied: copy it again from where it is whole");
            }
            if (file.position() != expected) {
                throw new OriginFileException(
                        file.path(),
                        "follows a gap: a file with position " + expected
                                + " should come before it; bring the missing files back");
            }
            expected = file.end();
        }
        if (files.get(0).position() % size != 0) {
            throw new OriginFileException(
                    files.get(0).path(), "its name is not a multiple of the file size " + size + "; was it renamed?");
        }
    }

    /** One of them alone. */
    public SegmentFiles only(SegmentFile file) {
        return new SegmentFiles(directory, List.of(file), List.of());
    }

    /** Where they are. */
    public Path directory() {
        return directory;
    }

    /** The files by position. */
    public List<SegmentFile> files() {
        return files;
    }

    /** Whether there are none. */
    public boolean isEmpty() {
        return files.isEmpty();
    }

    /** Size of each file in bytes; 0 if there are none. */
    public long fileBytes() {
        return files.isEmpty() ? 0 : files.get(0).length();
    }

    /** Position of the first byte; 0 if there are no files. */
    public long firstPosition() {
        return files.isEmpty() ? 0 : files.get(0).position();
    }

    /** Position behind the last file; 0 if there are none. */
    public long endPosition() {
        return files.isEmpty() ? 0 : files.get(files.size() - 1).end();
    }

    /** What was left out, and why. */
    public List<String> notes() {
        return notes;
    }

    /** The files from the one that holds {@code position} on; all of them if it lies before the first. */
    public List<SegmentFile> from(long position) {
        return files.stream().filter(file -> file.end() > position).toList();
    }
}
