package io.vledger.http;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.plugin.NodeInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the HTTP addresses of other members in a file of the data directory: {@code status}, asked with the configuration of a
 * node that is down, finds the others by it. Loop only.
 */
final class MemberAddressFile {
    static final String FILE = NodeInfo.HTTP_MEMBERS_FILE;
    private static final Logger LOG = LoggerFactory.getLogger(MemberAddressFile.class);
    private static final long MAX_BYTES = 64 << 10;

    private final Vertx vertx;
    private final Context context;
    private final Path directory;
    private final Map<String, Followed> followed = new HashMap<>();
    private final Map<String, String> written = new TreeMap<>();

    private record Followed(Group group, Group.Registration registration) {}

    /** To be made on the plugin's context. */
    MemberAddressFile(Vertx vertx, Path directory) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.directory = directory;
    }

    /** Follows these groups, by name, and no others. */
    void follow(Map<String, Group> groups) {
        followed.entrySet().removeIf(each -> {
            boolean gone = groups.get(each.getKey()) != each.getValue().group();
            if (gone) {
                each.getValue().registration().close();
            }
            return gone;
        });
        groups.forEach((name, group) -> followed.computeIfAbsent(
                name,
                added -> new Followed(group, group.onStatus(status -> context.runOnContext(unused -> note(status))))));
    }

    void stop() {
        follow(Map.of());
    }

    private void note(GroupStatus status) {
        Map<String, String> known = new TreeMap<>();
        for (GroupStatus.Member member : status.members()) {
            if (!member.httpAddress().isEmpty()) {
                known.put(member.node(), member.httpAddress());
            }
        }
        if (written.entrySet().containsAll(known.entrySet())) {
            return;
        }
        written.putAll(known);
        JsonObject text = new JsonObject();
        known.forEach(text::put);
        vertx.executeBlocking(() -> write(directory, text))
                .onFailure(failure -> LOG.warn("{} was not written: {}", directory.resolve(FILE), failure.toString()));
    }

    /** Members that are not known now keep the addresses of before. */
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
