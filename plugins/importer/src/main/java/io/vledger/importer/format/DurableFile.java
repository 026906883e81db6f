package io.vledger.importer.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files of ours that are there whole and durably, or not at all: written beside, synced, renamed. */
public final class DurableFile {
    /** What a file is called while it is written. */
    public static final String PART = ".part";

    private DurableFile() {}

    /** Writes a small file. */
    public static void write(Path file, String text) throws IOException {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a small file. */
    public static void write(Path file, byte[] bytes) throws IOException {
        Path part = part(file);
        try (FileChannel channel = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        finish(file);
    }

    /** Where a file is written before it is finished; its directory is made. */
    public static Path part(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        return file.resolveSibling(file.getFileName() + PART);
    }

    /** Gives a part that was synced its name, durably. */
    public static void finish(Path file) throws IOException {
        Files.move(
                file.resolveSibling(file.getFileName() + PART),
                file,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }
}
