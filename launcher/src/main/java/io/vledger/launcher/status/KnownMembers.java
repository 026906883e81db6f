package io.vledger.launcher.status;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vledger.api.plugin.NodeInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** What a node has written down of where the others answer over HTTP, for the time when it does not answer itself. */
public final class KnownMembers {
    private static final String FILE = NodeInfo.HTTP_MEMBERS_FILE;
    private static final int MAX_BYTES = 64 << 10;

    private KnownMembers() {}

    /** Addresses by node id; empty where nothing was written, or nothing that can be read. */
    public static Map<String, String> read(Path dataDirectory) {
        Map<String, String> known = new TreeMap<>();
        try (InputStream in = Files.newInputStream(dataDirectory.resolve(FILE))) {
            JsonObject written = new JsonObject(new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8));
            for (Map.Entry<String, Object> entry : written) {
                if (entry.getValue() instanceof String address && address.matches("[^/\\s]+:\\d{1,5}")) {
                    known.put(entry.getKey(), address);
                }
            }
        } catch (IOException | DecodeException e) {
            // Then what the caller names has to do.
            known.clear();
        }
        return known;
    }
}
