package io.vledger.broker;

import io.vledger.api.plugin.GroupConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Keeps a node without the importer from starting empty beside the messages of the RocketMQ broker that ran here before: clients
 * would find their topics gone.
 */
final class UnclaimedData {
    private UnclaimedData() {}

    /** Refuses if an earlier broker left messages and the group has nothing yet. Reads a few directories. */
    static void refuse(GroupConfig config) {
        Map<String, String> settings = config.origin().settings();
        String root = settings.get("storePathRootDir");
        if (root == null || !empty(config.directory())) {
            return;
        }
        Path replicated = Path.of(root, "dledger-" + settings.getOrDefault("dLegerSelfId", ""), "data");
        for (Path place : List.of(
                Path.of(settings.getOrDefault("storePathCommitLog", root + "/commitlog")),
                Path.of(settings.getOrDefault("storePathDLedgerCommitLog", replicated.toString())))) {
            if (hasSegments(place)) {
                throw new IllegalStateException(
                        "group " + config.name() + ": " + place
                                + " holds messages of a RocketMQ broker, and the plugin importer, which takes them over, is not"
                                + " there. Nothing was touched. Start with it, name an empty directory, or move these files away");
            }
        }
    }

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
            return files.anyMatch(path -> path.getFileName().toString().matches("\\d{20}")
                    && path.toFile().length() > 0);
        } catch (IOException e) {
            return false;
        }
    }
}
