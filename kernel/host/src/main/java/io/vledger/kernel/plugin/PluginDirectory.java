package io.vledger.kernel.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The jars of the plugin directory as files: listed, read within bounds, and written so that a reader never sees a part. */
final class PluginDirectory {
    private static final int MAX_FILES = 1_000;
    private static final String JAR = ".jar";

    private final Path directory;

    /** What tells one version of a file from another without reading it. */
    record Stamp(long size, FileTime modified, @Nullable Object key) {}

    /** A directory that need not exist. */
    PluginDirectory(Path directory) {
        this.directory = directory;
    }

    /** The path of a file, for messages. */
    Path path(String file) {
        return directory.resolve(file);
    }

    /** The stamps of all jars by file name. A directory that is not there is empty. */
    Map<String, Stamp> list() {
        // Asked at each look, and most nodes have none: Files.isDirectory would make an exception each time.
        if (!directory.toFile().isDirectory()) {
            return Map.of();
        }
        Map<String, Stamp> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                if (name.endsWith(JAR) && !name.startsWith(".") && found.size() < MAX_FILES) {
                    Stamp stamp = stamp(file);
                    if (stamp != null) {
                        found.put(name, stamp);
                    }
                }
            }
        } catch (IOException e) {
            throw new PluginException(directory + ": the plugin directory cannot be read: " + e, e);
        }
        return found;
    }

    /** The stamp of a file, or null if there is no such file. */
    @Nullable
    Stamp stamp(String file) throws IOException {
        return stamp(path(file));
    }

    private static @Nullable Stamp stamp(Path file) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.isRegularFile()
                    ? new Stamp(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey())
                    : null;
        } catch (NoSuchFileException goneMeanwhile) {
            return null;
        }
    }

    /** The bytes of a jar. */
    byte[] read(String file) {
        try (InputStream in = Files.newInputStream(path(file))) {
            byte[] bytes = in.readNBytes(PluginJar.MAX_BYTES + 1);
            checkSize(path(file).toString(), bytes.length);
            return bytes;
        } catch (IOException e) {
            throw new PluginException(path(file) + ": cannot be read: " + e, e);
        }
    }

    /** Refuses a jar that is too large to be one. */
    static void checkSize(String name, long size) {
        if (size > PluginJar.MAX_BYTES) {
            throw new PluginException(name + ": is larger than " + (PluginJar.MAX_BYTES >> 20) + " MiB");
        }
    }

    /** Writes bytes and flushes them, beside the jars; {@link #keep} makes a jar of them. */
    Path stage(String file, byte[] bytes) {
        Path temporary = directory.resolve("." + file + ".tmp");
        try {
            Files.createDirectories(directory);
            try (FileChannel channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            return temporary;
        } catch (IOException e) {
            throw new PluginException(temporary + ": cannot be written: " + e, e);
        }
    }

    /** Puts what {@link #stage} wrote in the place of a jar. */
    Stamp keep(Path staged, String file) throws IOException {
        Files.move(staged, path(file), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        flush();
        Stamp stamp = stamp(file);
        if (stamp == null) {
            throw new NoSuchFileException(path(file).toString());
        }
        return stamp;
    }

    /** Removes a jar. */
    void delete(String file) {
        try {
            Files.deleteIfExists(path(file));
            flush();
        } catch (IOException e) {
            throw new PluginException(path(file) + ": cannot be removed: " + e + "; remove it, or it comes back", e);
        }
    }

    /** Removes what {@link #stage} wrote. */
    static void discard(Path staged) {
        try {
            Files.deleteIfExists(staged);
        } catch (IOException e) {
            throw new PluginException(staged + ": cannot be removed: " + e, e);
        }
    }

    private void flush() throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** SHA-256, in hexadecimal digits. */
    static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
