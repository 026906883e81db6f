package io.vledger.hazelcast;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.net.SharedSecrets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What of statements is sealed, and which are believed. Without a secret nothing is, and all are. With one, a statement says nothing to who
 * does not know it, and nothing is believed that was made without it, or was said before. While a running cluster is changed over a
 * statement says the same in the open and sealed, and both are believed.
 */
final class StatementSeal {
    private static final Logger LOG = LoggerFactory.getLogger(StatementSeal.class);
    private static final String SEALED = "sealed";
    /** By how much the clocks of nodes may differ. */
    private static final long CLOCKS_MS = TimeUnit.MINUTES.toMillis(5);

    private static final int MAX_NODES = 4096;

    private final @Nullable Path file;
    private final boolean required;
    private volatile SharedSecrets secrets = new SharedSecrets(java.util.List.of());
    /** When each node said its newest statement; loop only. */
    private final Map<String, Long> newestMs = new HashMap<>();

    /**
     * A seal.
     *
     * @param file of the secret; null for none
     * @param required whether nothing is said or believed in the open
     */
    StatementSeal(@Nullable Path file, boolean required) {
        this.file = file;
        this.required = required;
    }

    /** Reads the secret. Blocks. */
    void read() throws IOException {
        Path named = file;
        if (named != null) {
            secrets = SharedSecrets.read(named);
        }
    }

    /** Reads it again; one that cannot be used leaves in use what was read before. Blocks. */
    void readAgain() {
        try {
            read();
        } catch (IOException e) {
            LOG.warn("discovery: {}; the secret that was read before stays in use", e.getMessage());
        }
    }

    /** What the connections of members pass; null without a secret. It is open while members without the secret are talked to. */
    @Nullable
    MemberGate gate() {
        return file == null ? null : new MemberGate(() -> secrets, required);
    }

    /** What is sent. */
    byte[] seal(byte[] statement, String node, long timeMs) {
        if (file == null) {
            return statement;
        }
        JsonObject open = required
                ? new JsonObject().put("version", Statement.VERSION).put("members", new JsonArray())
                : new JsonObject(Buffer.buffer(statement));
        return open.put(SEALED, new SealedStatement(node, timeMs, statement).seal(secrets))
                .toBuffer()
                .getBytes();
    }

    /**
     * What is believed of what came. Loop only.
     *
     * @throws Statement.Unreadable if it is not believed
     */
    byte[] open(byte[] received, long timeMs) throws Statement.Unreadable {
        if (file == null) {
            return received;
        }
        String sealed = sealed(received);
        if (sealed == null) {
            if (required) {
                throw new Statement.Unreadable("not sealed with the secret");
            }
            return received;
        }
        SealedStatement opened = SealedStatement.open(sealed, secrets);
        long newest = newestMs.getOrDefault(opened.node(), Long.MIN_VALUE);
        if (opened.timeMs() <= newest) {
            throw new Statement.Unreadable("said before by " + opened.node());
        }
        if (Math.abs(opened.timeMs() - timeMs) > CLOCKS_MS) {
            throw new Statement.Unreadable(
                    "said by " + opened.node() + " at another time; are the clocks of the nodes right?");
        }
        if (newestMs.size() >= MAX_NODES) {
            newestMs.values().removeIf(old -> old < timeMs - CLOCKS_MS);
        }
        newestMs.put(opened.node(), opened.timeMs());
        return opened.statement();
    }

    private static @Nullable String sealed(byte[] received) throws Statement.Unreadable {
        if (received.length > 2 * Statement.MAX_BYTES) {
            throw new Statement.Unreadable(received.length + " bytes");
        }
        try {
            return new JsonObject(Buffer.buffer(received)).getString(SEALED);
        } catch (DecodeException | ClassCastException | NullPointerException e) {
            throw new Statement.Unreadable("not the JSON of a statement");
        }
    }
}
