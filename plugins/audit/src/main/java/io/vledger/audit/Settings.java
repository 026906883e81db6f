package io.vledger.audit;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code plugins.audit} of the configuration.
 *
 * @param topics the topics to write about; empty for all
 * @param directory where the files go
 * @param maxFileBytes size above which a file is closed and numbered
 * @param files how many closed files of a group are kept
 * @param fromBeginning whether a group without a file is read from the beginning of its log, not from its end
 */
record Settings(Set<String> topics, Path directory, long maxFileBytes, int files, boolean fromBeginning) {
    private static final Set<String> KEYS = Set.of("topics", "directory", "maxFileBytes", "files", "from");
    private static final long DEFAULT_FILE_BYTES = 64L << 20;
    private static final int DEFAULT_FILES = 10;
    private static final int MAX_FILES = 10_000;

    /**
     * Reads the section.
     *
     * @param data the node's data directory: relative directories are meant from there
     * @throws IllegalArgumentException that names key, value and remedy
     */
    static Settings of(JsonObject section, Path data) {
        Set<String> unknown = new TreeSet<>(section.fieldNames());
        unknown.removeAll(KEYS);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "plugins.audit has unknown keys " + unknown + "; known are " + new TreeSet<>(KEYS));
        }
        Set<String> topics = new HashSet<>();
        Object given = section.getValue("topics");
        if (given != null && !(given instanceof JsonArray array && !array.isEmpty())) {
            throw wrong("topics", given, "must be a list of topics such as [\"orders\"], or absent for all");
        }
        for (Object topic : given instanceof JsonArray array ? array : new JsonArray()) {
            if (!(topic instanceof String name) || name.isBlank()) {
                throw wrong("topics", topic, "must be the name of a topic");
            }
            topics.add(name);
        }
        Object directory = section.getValue("directory", "audit");
        if (!(directory instanceof String text) || text.isBlank()) {
            throw wrong("directory", directory, "must be the path of a directory");
        }
        Object from = section.getValue("from", "end");
        if (!"end".equals(from) && !"beginning".equals(from)) {
            throw wrong("from", from, "must be end or beginning");
        }
        return new Settings(
                Set.copyOf(topics),
                data.resolve(text),
                number(section, "maxFileBytes", DEFAULT_FILE_BYTES, 1024, Long.MAX_VALUE),
                (int) number(section, "files", DEFAULT_FILES, 1, MAX_FILES),
                "beginning".equals(from));
    }

    /** Whether a line is to be written for messages of a topic. */
    boolean wants(String topic) {
        return topics.isEmpty() || topics.contains(topic);
    }

    private static long number(JsonObject section, String key, long otherwise, long least, long most) {
        Object value = section.getValue(key, otherwise);
        if (!(value instanceof Integer || value instanceof Long)) {
            throw wrong(key, value, "must be a number from " + least + " to " + most);
        }
        long number = ((Number) value).longValue();
        if (number < least || number > most) {
            throw wrong(key, value, "must be a number from " + least + " to " + most);
        }
        return number;
    }

    private static IllegalArgumentException wrong(String key, @Nullable Object value, String remedy) {
        return new IllegalArgumentException("plugins.audit." + key + " = " + value + ": " + remedy);
    }
}
