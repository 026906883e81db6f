package io.vledger.store.rocksdb;

import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads RocksDB's native library out of the plugin's jar. The virtual machine wants a file, and never the same path for two
 * class loaders: each load gets a directory of its own below the node's data, which is gone as soon as the library is mapped.
 */
final class NativeLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);
    private static final String DIRECTORY = "native";
    private static final String PREFIX = "rocksdb-";

    private NativeLibrary() {}

    /** Loads it for the class loader of this class, once; blocks. */
    static void load(Path dataDirectory) throws StoreException {
        String name = Environment.getJniLibraryFileName("rocksdb");
        Path home = dataDirectory.toAbsolutePath().resolve(DIRECTORY);
        try {
            removeLeftovers(home);
            Path own = Files.createTempDirectory(Files.createDirectories(home), PREFIX);
            try {
                // What loads it asks for this name, which has "jni" in it twice.
                extract(name, own.resolve(Environment.getJniLibraryFileName("rocksdbjni")));
                RocksDB.loadLibrary(List.of(own.toString()));
            } finally {
                remove(own);
                removeIfEmpty(home);
            }
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(
                    home + ": RocksDB's native library could not be unpacked there (" + e
                            + "); check room and permissions",
                    e);
        } catch (UnsatisfiedLinkError e) {
            throw new StoreException(
                    "RocksDB's native library " + name + " cannot be loaded on this system: " + e.getMessage()
                            + "; use a store-rocksdb.jar built for this platform, or another store type",
                    e);
        }
    }

    private static void extract(String name, Path target) throws IOException {
        try (InputStream in = NativeLibrary.class.getClassLoader().getResourceAsStream(name)) {
            if (in == null) {
                throw new StoreException("store-rocksdb.jar has no native library " + name
                        + " for this platform; build it with -Drocksdb.classifier for this platform, see the module's"
                        + " README");
            }
            Files.copy(in, target);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("someone else writes to " + target, e);
        }
    }

    /** What a process that was killed while it loaded has left behind. */
    private static void removeLeftovers(Path home) throws IOException {
        if (Files.isDirectory(home)) {
            try (Stream<Path> left = Files.list(home)) {
                for (Path path : left.toList()) {
                    if (String.valueOf(path.getFileName()).startsWith(PREFIX)) {
                        remove(path);
                    }
                }
            }
        }
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(directory);
    }

    private static void removeIfEmpty(Path home) {
        try {
            Files.deleteIfExists(home);
        } catch (IOException e) {
            LOG.debug("{} stays: another library is being loaded, or something else is in it", home, e);
        }
    }
}
