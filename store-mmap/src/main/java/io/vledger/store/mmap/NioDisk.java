package io.vledger.store.mmap;

import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The operating system's files below one directory. */
public final class NioDisk implements Disk {
    private final Path root;
    private final FileStore volume;
    private final MappedPages pages = new MappedPages();

    /** Files below {@code root}, which is created if need be. */
    public NioDisk(Path root) throws IOException {
        this.root = root.toAbsolutePath().normalize();
        Files.createDirectories(this.root);
        this.volume = Files.getFileStore(this.root);
    }

    private Path path(String name) {
        Path path = root.resolve(name).normalize();
        if (!path.startsWith(root)) {
            throw new IllegalArgumentException("a name that leads out of " + root + ": " + name);
        }
        return path;
    }

    @Override
    public DiskFile open(String name, long mapped) throws IOException {
        Path path = path(name);
        Path parent = path.getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            Files.createDirectories(parent);
            // A directory is only as durable as its entry in the one above.
            for (Path above = parent.getParent(); above != null && above.startsWith(root); above = above.getParent()) {
                force(above);
            }
        }
        return new NioDiskFile(path, mapped, pages);
    }

    @Override
    public boolean exists(String name) {
        return Files.exists(path(name));
    }

    @Override
    public List<String> list(String directory) throws IOException {
        Path path = path(directory);
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(Files::isRegularFile)
                    .map(entry -> String.valueOf(entry.getFileName()))
                    .sorted()
                    .collect(Collectors.toUnmodifiableList());
        }
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(path(name));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(path(from), path(to), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void syncDirectory(String directory) throws IOException {
        Path path = path(directory);
        if (Files.isDirectory(path)) {
            force(path);
        }
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public Space space() throws IOException {
        return Space.of(volume);
    }
}
