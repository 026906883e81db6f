package io.vledger.importer.format;

import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One of an old broker's {@code config/*.json}, by its rule: the file, or the {@code .bak} beside it if the file is missing,
 * empty or torn, since a kill can leave any of these while the other one is whole.
 *
 * @param content what was read; empty if there is neither
 * @param from the file that it was read from; null if there is neither
 * @param notes why the backup was needed, if it was
 */
public record ConfigFile(Map<Object, @Nullable Object> content, @Nullable Path from, List<String> notes) {
    private static final long MAX_BYTES = 256L << 20;

    /**
     * Reads a file.
     *
     * @throws OriginFileException if there is a file or a backup and neither can be used
     */
    public static ConfigFile read(Path file) throws OriginFileException {
        Path backup = file.resolveSibling(file.getFileName() + ".bak");
        List<String> notes = new ArrayList<>();
        for (Path candidate : List.of(file, backup)) {
            if (!Files.isRegularFile(candidate)) {
                continue;
            }
            try {
                long size = Files.size(candidate);
                if (size > MAX_BYTES) {
                    throw new OriginFileException(candidate, "is larger than " + (MAX_BYTES >> 20) + " MiB");
                }
                byte[] bytes = Files.readAllBytes(candidate);
                if (bytes.length == 0) {
                    notes.add(candidate + " is empty");
                    continue;
                }
                return new ConfigFile(Json.readObject(bytes), candidate, List.copyOf(notes));
            } catch (JsonException e) {
                notes.add(candidate + " cannot be read as JSON: " + e.getMessage());
            } catch (IOException e) {
                throw new OriginFileException(candidate, "cannot be read: " + e.getMessage(), e);
            }
        }
        if (!notes.isEmpty()) {
            throw new OriginFileException(
                    file,
                    "neither it nor its backup can be used (" + String.join("; ", notes)
                            + "); restore one of them, or move both away to continue without");
        }
        return new ConfigFile(Map.of(), null, List.of());
    }

    /** The object under a key; empty if there is none. */
    @SuppressWarnings("unchecked") // every map that Json makes has this type
    public Map<Object, @Nullable Object> table(String key) {
        return content.get(key) instanceof Map<?, ?> map ? (Map<Object, @Nullable Object>) map : Map.of();
    }
}
