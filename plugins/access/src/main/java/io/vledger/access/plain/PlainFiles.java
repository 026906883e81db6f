package io.vledger.access.plain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of ACL 1.0 of one node: {@code conf/plain_acl.yml}, and all {@code .yml} and {@code .yaml} files below {@code conf/acl}.
 * Tools change accounts where they are, and add new ones to the first file. Blocking; one thread at a time.
 */
public final class PlainFiles {
    private static final int MAX_FILES = 1_000;
    private static final int MAX_DEPTH = 8;

    private final Path home;
    private final Path main;

    /**
     * The files of a home.
     *
     * @param home RocketMQ's home, which has the directory {@code conf}
     * @param main name of the first file below it, usually {@code conf/plain_acl.yml}
     */
    public PlainFiles(Path home, String main) {
        this.home = home.toAbsolutePath().normalize();
        this.main = this.home.resolve(main).normalize();
    }

    /** What was read, and by what a change of the files is noticed. */
    public record Loaded(PlainRules rules, List<String> stamp) {}

    /** The files that are there, those of {@code conf/acl} first, as RocketMQ reads them. */
    public List<Path> present() throws IOException {
        List<Path> files = new ArrayList<>();
        Path directory = home.resolve("conf").resolve("acl");
        if (Files.isDirectory(directory)) {
            try (Stream<Path> walk = Files.walk(directory, MAX_DEPTH)) {
                walk.filter(PlainFiles::isYaml)
                        .filter(Files::isRegularFile)
                        .sorted()
                        .limit(MAX_FILES + 1L)
                        .forEach(files::add);
            } catch (UncheckedIOException unreadable) {
                throw unreadable.getCause(); // of a directory below
            }
        }
        if (files.size() > MAX_FILES) {
            throw new IOException(directory + ": more than " + MAX_FILES + " files");
        }
        if (Files.isRegularFile(main) && !files.contains(main)) {
            files.add(main);
        }
        return files;
    }

    private static boolean isYaml(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".yml") || name.endsWith(".yaml");
    }

    /** What changes when a file changes. */
    public List<String> stamp() throws IOException {
        List<String> stamp = new ArrayList<>();
        for (Path file : present()) {
            FileTime changed = Files.getLastModifiedTime(file);
            stamp.add(file + " " + changed + " " + Files.size(file));
        }
        return stamp;
    }

    /**
     * Reads all files.
     *
     * @throws IOException with a message that names the file, what is wrong with it, and the remedy where there is none
     */
    public Loaded load() throws IOException {
        List<String> stamp = stamp();
        List<String> white = new ArrayList<>();
        List<PlainAccount> accounts = new ArrayList<>();
        List<Path> files = present();
        if (files.isEmpty()) {
            throw new IOException("there is neither " + main + " nor a .yml file in "
                    + home.resolve("conf").resolve("acl")
                    + "; copy conf of the broker before, or name its home directory");
        }
        for (Path path : files) {
            PlainFile file = PlainFile.read(path);
            white.addAll(file.whiteAddresses());
            accounts.addAll(file.accounts());
        }
        try {
            return new Loaded(new PlainRules(white, accounts), stamp);
        } catch (IllegalArgumentException wrong) {
            throw new IOException(PlainFile.WHITE_ADDRESSES + " in " + files + ": " + wrong.getMessage(), wrong);
        }
    }

    /** Adds an account to the first file, or changes it in the file that has it. */
    public void put(PlainAccount account, long nowMs) throws IOException {
        PlainFile file = holder(account.accessKey());
        if (file == null) {
            if (!Files.exists(main)) {
                Files.createDirectories(parent(main));
                Files.createFile(main);
            }
            file = PlainFile.read(main);
        }
        file.put(account);
        save(file, nowMs);
    }

    /** Deletes an account; false if there is none. */
    public boolean remove(String accessKey, long nowMs) throws IOException {
        PlainFile file = holder(accessKey);
        if (file == null || !file.remove(accessKey)) {
            return false;
        }
        save(file, nowMs);
        return true;
    }

    /**
     * Replaces the addresses from which everybody is let in.
     *
     * @param named one of the files, or empty for the first
     * @return false if it is none of them
     */
    public boolean whiteAddresses(List<String> addresses, String named, long nowMs) throws IOException {
        Path path = named.isEmpty() ? main : Path.of(named).toAbsolutePath().normalize();
        if (!present().contains(path)) {
            return false;
        }
        addresses.forEach(AddressRange::parse);
        PlainFile file = PlainFile.read(path);
        file.whiteAddresses(addresses);
        save(file, nowMs);
        return true;
    }

    /** How often tools have changed each file, and when last in milliseconds since the epoch. */
    public Map<String, long[]> versions() throws IOException {
        Map<String, long[]> versions = new LinkedHashMap<>();
        for (Path path : present()) {
            PlainFile.Version version = PlainFile.read(path).version();
            versions.put(path.toString(), new long[] {version.counter(), version.timestamp()});
        }
        return versions;
    }

    /** The first file, whether it is there or not. */
    public Path main() {
        return main;
    }

    private @Nullable PlainFile holder(String accessKey) throws IOException {
        for (Path path : present()) {
            PlainFile file = PlainFile.read(path);
            for (PlainAccount account : file.accounts()) {
                if (account.accessKey().equals(accessKey)) {
                    return file;
                }
            }
        }
        return null;
    }

    /** In one step, readable by its owner only; what was there before stays beside it, with its comments. */
    private static void save(PlainFile file, long nowMs) throws IOException {
        file.nextVersion(nowMs);
        Path path = file.path();
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.createFile(fresh);
        if (Files.getFileStore(fresh).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
        }
        Files.writeString(fresh, file.text(), StandardCharsets.UTF_8);
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Path before = path.resolveSibling(path.getFileName() + ".bak");
        if (!Files.exists(before)) {
            Files.copy(path, before, StandardCopyOption.COPY_ATTRIBUTES);
        }
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? path.toAbsolutePath() : parent;
    }
}
