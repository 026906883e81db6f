package io.vledger.kernel.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The file, opened when the first line is written, and its older ones. Only the user of the node can read it. One thread. */
final class AuditFile implements AutoCloseable {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final AuditSettings settings;
    private @Nullable FileChannel channel;
    private long size;

    AuditFile(AuditSettings settings) {
        this.settings = settings;
    }

    /** Appends lines. */
    void write(byte[] lines) throws IOException {
        FileChannel out = channel == null ? open() : channel;
        if (size > 0 && size + lines.length > settings.maxFileBytes()) {
            out = turnOver(out);
        }
        ByteBuffer bytes = ByteBuffer.wrap(lines);
        while (bytes.hasRemaining()) {
            size += out.write(bytes);
        }
    }

    private FileChannel open() throws IOException {
        Path file = settings.file().toAbsolutePath();
        Path directory = file.getParent();
        if (directory != null) {
            Files.createDirectories(directory);
            if (!Files.exists(file) && Files.getFileStore(directory).supportsFileAttributeView("posix")) {
                Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            }
        }
        FileChannel opened =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.WRITE);
        size = opened.size();
        channel = opened;
        return opened;
    }

    private FileChannel turnOver(FileChannel full) throws IOException {
        full.force(false);
        full.close();
        channel = null;
        for (int age = settings.files(); age >= 1; age--) {
            Path older = age == 1 ? settings.file() : closed(age - 1);
            if (Files.exists(older)) {
                Files.move(older, closed(age), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return open();
    }

    private Path closed(int age) {
        return settings.file().resolveSibling(settings.file().getFileName() + "." + age);
    }

    @Override
    public void close() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.force(false);
            open.close();
        }
    }
}
