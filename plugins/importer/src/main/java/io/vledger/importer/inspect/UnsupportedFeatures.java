package io.vledger.importer.inspect;

import io.vledger.importer.format.ConfigFile;
import io.vledger.importer.format.OriginFileException;
import io.vledger.importer.format.QueueExtent;
import io.vledger.importer.inspect.Finding.Kind;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.json.JsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Features of an old broker that change what its files mean, and that are not taken over: each is refused by name, by what lies on the
 * disk wherever that is enough, and else by its setting. Those that leave the rest whole can be accepted with {@code legacyAccept}; then
 * what belongs to them stays where it is and nobody acts on it. The table in the module's README names all that were looked at.
 */
final class UnsupportedFeatures {
    /** Directories in {@code config} with users and policies of access control. */
    private static final Set<String> USERS = Set.of("users", "acls");

    private final OriginLocations at;
    private final Findings findings;

    UnsupportedFeatures(OriginLocations at, Findings findings) {
        this.at = at;
        this.findings = findings;
    }

    /** Refuses, unless it was accepted. */
    void refuse(Accepted feature, String text) {
        if (at.accepts(feature)) {
            findings.add(Kind.KEPT, text + "; accepted by legacyAccept=" + feature.word());
        } else {
            findings.add(
                    Kind.UNSUPPORTED,
                    text + "; or, to leave it where it is, write legacyAccept=" + feature.word()
                            + " into this member's file");
        }
    }

    /**
     * Looks at files and settings.
     *
     * @param queues every queue that has a directory or messages
     * @param inLog queues that messages of the log say they are in
     */
    void inspect(OriginConfig config, SortedMap<QueueId, QueueExtent> queues, Set<QueueId> inLog) {
        for (String word : at.accepted()) {
            if (Stream.of(Accepted.values()).noneMatch(feature -> feature.word().equals(word))) {
                findings.add(
                        Kind.UNSUPPORTED,
                        "legacyAccept has " + word + ", which is none of "
                                + Stream.of(Accepted.values())
                                        .map(Accepted::word)
                                        .toList());
            }
        }
        refuseLightQueues(queues, inLog);
        refuseTopics(config);
        refuseRocksDb();
        refuseTables();
        refuseTieredStorage();
        refuseUsers();
    }

    /** Where RocketMQ 5 keeps users and policies, whether they are in force or not; a broker ignores {@code authConfigPath}. */
    private void refuseUsers() {
        Path auth = at.root().resolve("config");
        if (USERS.stream().anyMatch(each -> holdsData(auth.resolve(each)))) {
            refuse(
                    Accepted.AUTH,
                    auth
                            + " has users or policies of access control in RocksDB, which launcher.jar does not read: nobody but"
                            + " initAuthenticationUser would be let in; have the leader take them over (vledgerOldUsers names this"
                            + " directory, store-rocksdb.jar reads it), or save what mqadmin listUser and listAcl of the old broker"
                            + " say, and make the users again with createUser and createAcl");
        }
    }

    /** By the plugin's own list of what it has put elsewhere, since its setting may be gone from the file. */
    private void refuseTieredStorage() {
        Path list = at.root().resolve("config").resolve("tieredStoreMetadata.json");
        String plugin = at.settings().getOrDefault("messageStorePlugIn", "");
        if (plugin.contains("TieredMessageStore")
                || (Files.isRegularFile(list) && list.toFile().length() > 0)) {
            refuse(
                    Accepted.TIERED,
                    "messages older than the local log lie in tiered storage (messageStorePlugIn=" + plugin + ", "
                            + list + "), which is not read here; keep the old broker until nobody needs them");
        }
    }

    /** Queues whose units point at messages of other topics that do not say so. */
    private void refuseLightQueues(SortedMap<QueueId, QueueExtent> queues, Set<QueueId> inLog) {
        boolean dispatch = Boolean.parseBoolean(at.settings().getOrDefault("enableMultiDispatch", "false"));
        long messages = 0;
        Set<String> names = new TreeSet<>();
        for (Map.Entry<QueueId, QueueExtent> each : queues.entrySet()) {
            String topic = each.getKey().topic();
            boolean light = topic.startsWith(TopicNames.LIGHT_PREFIX) || dispatch;
            if (light && !inLog.contains(each.getKey()) && each.getValue().messages() > 0) {
                messages += each.getValue().messages();
                names.add(topic);
            }
        }
        if (messages > 0) {
            refuse(
                    Accepted.LMQ,
                    names.size() + " light queues (enableLmq, enableMultiDispatch; MQTT and lite topics use them) have "
                            + messages + " messages that the log does not have in them, among them "
                            + names.iterator().next()
                            + ": their messages are taken over with the topics that they were sent to, these queues are"
                            + " not; consume them to their end at the old broker");
        }
    }

    private void refuseTopics(OriginConfig config) {
        Set<String> compacted = new TreeSet<>();
        config.topics().forEach((name, shape) -> {
            if (shape.has("cleanup.policy", "COMPACTION")) {
                compacted.add(name);
            }
            if (shape.has("queue.type", "BatchCQ")) {
                findings.add(
                        Kind.UNSUPPORTED,
                        "topic " + name
                                + " has queue.type BatchCQ, whose queues cannot be taken over; consume it to its"
                                + " end and delete it");
            }
        });
        if (!compacted.isEmpty()) {
            refuse(
                    Accepted.COMPACTION,
                    "topics with cleanup.policy COMPACTION (" + String.join(", ", compacted)
                            + "): what was compacted lies in files that are not read here, and what is still in the log would"
                            + " expire by its age; copy these topics' messages elsewhere and delete them");
        }
    }

    /** By the files: a database that was made and never used has neither. */
    private void refuseRocksDb() {
        boolean doubled = Boolean.parseBoolean(at.settings().getOrDefault("rocksdbCQDoubleWriteEnable", "false"));
        for (String name : List.of("consumequeue_rocksdb", "consumequeue")) {
            Path index = at.root().resolve(name);
            if (!doubled && holdsData(index)) {
                refuse(
                        Accepted.ROCKSDB,
                        index
                                + " has the queue index in RocksDB, which is not read here: queues without a message in the log"
                                + " would begin with 0 again; let the old broker write files too"
                                + " (rocksdbCQDoubleWriteEnable=true) and come back");
            }
        }
        Path work = at.root().resolve("rocksdbstore");
        if (holdsData(work)) {
            refuse(
                    Accepted.ROCKSDB,
                    work
                            + " has data: timers, half messages or a key index in RocksDB (timerRocksDBEnable, transRocksDBEnable,"
                            + " indexRocksDBEnable), which are not read here; switch these off in the old broker and let it"
                            + " finish what is pending");
        }
        Path pop = at.root().resolve("kvStore");
        if (holdsData(pop)) {
            refuse(
                    Accepted.POP,
                    pop
                            + " has records of what was handed to POP consumers (popConsumerKVServiceEnable=true), which are not"
                            + " read here: what was not acknowledged would not be delivered again; stop the POP consumers,"
                            + " let the old broker run until nothing is in flight, and switch it off");
        }
        for (Path each : list(at.root().resolve("config"))) {
            if (!USERS.contains(each.getFileName().toString()) && Files.isDirectory(each) && holdsData(each)) {
                findings.add(
                        Kind.UNSUPPORTED,
                        each
                                + " has configuration in RocksDB, which is not read here; let the old broker export it to JSON"
                                + " (mqadmin rocksDBConfigToJson, or exportMetadataInRocksDB) and move the directory away");
            }
        }
    }

    private static boolean holdsData(Path database) {
        return Files.isRegularFile(database.resolve("CURRENT"))
                && list(database).stream().anyMatch(UnsupportedFeatures::hasRecords);
    }

    private static boolean hasRecords(Path file) {
        String name = file.getFileName().toString();
        try {
            return name.endsWith(".sst") || (name.endsWith(".log") && Files.size(file) > 0);
        } catch (IOException e) {
            return true;
        }
    }

    private static List<Path> list(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private void refuseTables() {
        int mapped = entries("topicQueueMapping.json", "topicQueueMappingInfoMap");
        if (mapped > 0) {
            refuse(
                    Accepted.STATIC_TOPIC,
                    mapped
                            + " static topics (topicQueueMapping.json): clients count their queues and offsets over several"
                            + " brokers, which is not done here; move what they have to ordinary topics and delete them");
        }
        keep("lmqConsumerOffset.json", "lmqOffsetTable", "consumer offsets of light queues");
        keep("broadcastOffset.json", "offsetStoreMap", "offsets of broadcasting consumers behind a proxy");
        if (at.settings().getOrDefault("messageIndexEnable", "true").equalsIgnoreCase("false")) {
            findings.add(Kind.KEPT, "messageIndexEnable=false: old messages are not found by key or unique id");
        }
    }

    private void keep(String name, String table, String what) {
        int count = entries(name, table);
        if (count > 0) {
            findings.add(Kind.KEPT, at.root().resolve("config").resolve(name) + " has " + count + " " + what);
        }
    }

    private int entries(String name, String table) {
        Path path = at.root().resolve("config").resolve(name);
        if (!Files.exists(path)) {
            return 0;
        }
        try {
            return ConfigFile.read(path).table(table).size();
        } catch (OriginFileException | JsonException e) {
            findings.add(Kind.UNREADABLE, String.valueOf(e.getMessage()));
            return 0;
        }
    }

    /** What somebody may leave behind knowingly. */
    enum Accepted {
        /** What POP consumers have not acknowledged, where it cannot be delivered again. */
        POP,
        /** Light queues. */
        LMQ,
        /** What was compacted. */
        COMPACTION,
        /** Queues and offsets of static topics. */
        STATIC_TOPIC,
        /** Messages in tiered storage. */
        TIERED,
        /** What is in RocksDB. */
        ROCKSDB,
        /** Users and policies of access control. */
        AUTH;

        /** How it is written in a configuration. */
        String word() {
            return name().toLowerCase(Locale.ROOT).replace("_", "");
        }
    }
}
