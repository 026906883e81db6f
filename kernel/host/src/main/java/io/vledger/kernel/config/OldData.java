package io.vledger.kernel.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Keeps a node from starting empty beside the messages of the RocketMQ broker that ran here before: clients would find their
 * topics gone.
 */
final class OldData {
    private OldData() {}

    /**
     * Refuses if one of {@code places} has messages and {@code own} has nothing yet.
     *
     * @param places directories of the old broker, with the key that names each
     */
    static void refuse(String file, Path own, List<Place> places) {
        if (!empty(own)) {
            return;
        }
        for (Place place : places) {
            if (hasSegments(place.directory())) {
                throw new ConfigException(
                        file,
                        place.key(),
                        place.directory(),
                        "holds messages of a RocketMQ broker; taking them over comes with the upgrade and is not in this"
                                + " version. Nothing was touched. Name an empty directory, or move these files away");
            }
        }
    }

    /** A directory and the key that led to it. */
    record Place(String key, Path directory) {}

    private static boolean empty(Path directory) {
        if (!Files.isDirectory(directory)) {
            return true;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean hasSegments(Path directory) {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(path -> path.getFileName().toString().matches("\\d{20}") && size(path) > 0);
        } catch (IOException e) {
            return false;
        }
    }

    private static long size(Path path) {
        try {
            return Files.size(path);
        } catch (IOException e) {
            return 1;
        }
    }
}
