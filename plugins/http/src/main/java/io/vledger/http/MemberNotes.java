package io.vledger.http;

import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.plugin.GroupConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down where other members answer over HTTP, in the data directory: whoever looks for the state of a group with the
 * configuration of a node that is down finds the others by it. Loop only.
 */
final class MemberNotes {
    static final String FILE = "http-members.json";
    private static final Logger LOG = LoggerFactory.getLogger(MemberNotes.class);
    private static final long LOOK_MS = 2_000;
    private static final long MAX_BYTES = 64 << 10;

    private final Vertx vertx;
    private final NodeGroups groups;
    private Map<String, String> written = Map.of();
    private long timer;

    MemberNotes(Vertx vertx, NodeGroups groups) {
        this.vertx = vertx;
        this.groups = groups;
    }

    void start() {
        timer = vertx.setPeriodic(LOOK_MS, unused -> look());
    }

    void stop() {
        vertx.cancelTimer(timer);
    }

    private void look() {
        Map<String, String> known = new TreeMap<>();
        for (GroupConfig config : groups.configured()) {
            GroupStatus status = groups.status(config);
            if (status != null) {
                for (GroupStatus.Member member : status.members()) {
                    if (!member.httpAddress().isEmpty()) {
                        known.put(member.node(), member.httpAddress());
                    }
                }
            }
        }
        if (known.isEmpty() || written.entrySet().containsAll(known.entrySet())) {
            return;
        }
        written = known;
        JsonObject text = new JsonObject();
        known.forEach(text::put);
        Path directory = groups.node().dataDirectory();
        vertx.executeBlocking(() -> write(directory, text))
                .onFailure(failure -> LOG.debug("{} was not written: {}", FILE, failure.toString()));
    }

    /** Those who are not there now stay as they were written before. */
    private static Path write(Path directory, JsonObject text) throws IOException {
        Path file = directory.resolve(FILE);
        JsonObject all = before(file).mergeIn(text);
        Path part = Files.writeString(directory.resolve(FILE + ".part"), all.encodePrettily() + "\n");
        return Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static JsonObject before(Path file) {
        try {
            return Files.size(file) > MAX_BYTES ? new JsonObject() : new JsonObject(Files.readString(file));
        } catch (IOException | DecodeException e) {
            LOG.debug("{} is written anew: {}", file, e.toString());
            return new JsonObject();
        }
    }
}
