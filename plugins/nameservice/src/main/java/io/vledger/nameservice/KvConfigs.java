package io.vledger.nameservice;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.CopyOptions;
import io.vertx.core.file.FileSystem;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Key-value configurations by namespace, which administrators put into name servers; kept in a file. Loop only. */
final class KvConfigs {
    /** Namespace of how the queues of ordered topics lie on brokers. */
    static final String ORDER_TOPICS = "ORDER_TOPIC_CONFIG";

    private static final Logger LOG = LoggerFactory.getLogger(KvConfigs.class);

    private final FileSystem files;
    private final String directory;
    private final String file;
    private final Map<String, Map<String, String>> namespaces = new TreeMap<>();
    private boolean saving;
    private boolean dirty;

    KvConfigs(Vertx vertx, Path directory) {
        this.files = vertx.fileSystem();
        this.directory = directory.toString();
        this.file = directory.resolve("kvConfig.json").toString();
    }

    /** Reads the file, if there is one. A file that cannot be read is reported and left alone until something is put. */
    void load() {
        files.exists(file).onSuccess(exists -> {
            if (exists) {
                files.readFile(file).onSuccess(this::parse).onFailure(this::unreadable);
            }
        });
    }

    private void parse(Buffer content) {
        try {
            JsonFields.object(Json.readObject(content.getBytes()), "configTable")
                    .forEach((namespace, value) -> {
                        Map<String, String> table =
                                namespaces.computeIfAbsent(String.valueOf(namespace), n -> new TreeMap<>());
                        Map<Object, ?> stored = JsonFields.asObject(value);
                        stored.keySet()
                                .forEach(key -> table.putIfAbsent(
                                        String.valueOf(key), JsonFields.text(stored, String.valueOf(key), "")));
                    });
        } catch (JsonException e) {
            unreadable(e);
        }
    }

    private void unreadable(Throwable cause) {
        LOG.warn(
                "The key-value configurations of the name server in {} cannot be read and are taken as empty: {}. "
                        + "Correct or delete the file",
                file,
                cause.getMessage());
    }

    @Nullable
    String get(String namespace, String key) {
        return namespaces.getOrDefault(namespace, Map.of()).get(key);
    }

    /** All of a namespace, or null if it is empty. */
    @Nullable
    Map<String, String> all(String namespace) {
        return namespaces.get(namespace);
    }

    void put(String namespace, String key, String value) {
        namespaces.computeIfAbsent(namespace, n -> new TreeMap<>()).put(key, value);
        save();
    }

    void delete(String namespace, String key) {
        Map<String, String> table = namespaces.get(namespace);
        if (table != null && table.remove(key) != null) {
            if (table.isEmpty()) {
                namespaces.remove(namespace);
            }
            save();
        }
    }

    private void save() {
        dirty = true;
        if (saving) {
            return;
        }
        saving = true;
        dirty = false;
        byte[] content = JsonWriter.create()
                .beginObject()
                .key("configTable")
                .any(namespaces)
                .endObject()
                .toBytes();
        files.mkdirs(directory)
                .compose(v -> files.writeFile(file + ".tmp", Buffer.buffer(content)))
                .compose(v -> files.move(
                        file + ".tmp",
                        file,
                        new CopyOptions().setReplaceExisting(true).setAtomicMove(true)))
                .onFailure(
                        e -> LOG.warn("The key-value configurations cannot be saved in {}: {}", file, e.getMessage()))
                .onComplete(v -> {
                    saving = false;
                    if (dirty) {
                        save();
                    }
                });
    }
}
