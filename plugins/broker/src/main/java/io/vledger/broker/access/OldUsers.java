package io.vledger.broker.access;

import io.vledger.access.policy.OldUser;
import io.vledger.api.origin.OldDatabases;
import io.vledger.api.origin.OldDatabases.OldRecord;
import io.vledger.protocol.json.JsonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The users that an earlier broker of RocketMQ 5 has left in its databases {@code users} and {@code acls}. Blocks. */
final class OldUsers {
    private static final String SUBJECT = "User:";

    private OldUsers() {}

    /**
     * Reads them all.
     *
     * @param directory with the two databases, {@code config} in the store of the earlier broker
     * @throws IOException naming what cannot be read
     */
    static List<OldUser> read(OldDatabases databases, Path directory) throws IOException {
        SortedMap<String, OldUser> users = new TreeMap<>();
        for (OldRecord each : databases.read(directory.resolve("users"))) {
            try {
                OldUser user = OldUser.read(each.value());
                users.put(user.name(), user);
            } catch (JsonException unreadable) {
                throw unreadable(directory, each, unreadable);
            }
        }
        Path policies = directory.resolve("acls");
        for (OldRecord each : Files.isDirectory(policies) ? databases.read(policies) : List.<OldRecord>of()) {
            String subject = new String(each.key(), StandardCharsets.UTF_8);
            String name = subject.startsWith(SUBJECT) ? subject.substring(SUBJECT.length()) : subject;
            try {
                users.computeIfPresent(name, (same, user) -> user.with(OldUser.policies(each.value())));
            } catch (JsonException unreadable) {
                throw unreadable(directory, each, unreadable);
            }
        }
        return List.copyOf(users.values());
    }

    private static IOException unreadable(Path directory, OldRecord at, JsonException why) {
        return new IOException(
                directory + ": the record " + new String(at.key(), StandardCharsets.UTF_8) + " cannot be taken over: "
                        + why.getMessage()
                        + "; change it at the old broker, or leave access.oldUsers (vledgerOldUsers) out"
                        + " and create the users with mqadmin",
                why);
    }
}
