package io.vledger.remoting.connection;

import io.netty.util.internal.PlatformDependent;
import io.vertx.core.json.JsonObject;
import io.vledger.remoting.frame.FrameLimits;
import io.vledger.remoting.stranger.StrangerLimits;

/**
 * Bounds of servers and clients.
 *
 * @param frames of one frame
 * @param maxConnections connections a server takes
 * @param idleSeconds after which a connection without any traffic is closed
 * @param congestedBytes unsent bytes above which a connection is not read from
 * @param maxUnsentBytes unsent bytes above which a connection is closed
 * @param congestedSeconds after which a connection that stays congested is closed
 * @param connectTimeoutMs longest time to connect as a client
 * @param maxUnsentTotalBytes unsent bytes of all connections above which each is slowed at a small share
 */
public record Limits(
        FrameLimits frames,
        int maxConnections,
        int idleSeconds,
        int congestedBytes,
        int maxUnsentBytes,
        int congestedSeconds,
        int connectTimeoutMs,
        long maxUnsentTotalBytes) {

    /** What applies unless it is configured otherwise. */
    public static final Limits STANDARD = new Limits(
            new FrameLimits(16 << 20, 1 << 20),
            20_000,
            120,
            8 << 20,
            64 << 20,
            60,
            3000,
            Math.max(16L << 20, PlatformDependent.maxDirectMemory() / 4));

    /** Refuses senseless bounds. */
    public Limits {
        positive("maxFrameBytes", frames.maxFrameBytes(), 1024, 1 << 28);
        positive("maxHeaderBytes", frames.maxHeaderBytes(), 256, (1 << 24) - 1);
        positive("maxConnections", maxConnections, 1, 1 << 24);
        positive("idleSeconds", idleSeconds, 1, 1 << 24);
        positive("congestedBytes", congestedBytes, 1024, 1 << 30);
        positive("maxUnsentBytes", maxUnsentBytes, congestedBytes, Integer.MAX_VALUE);
        positive("congestedSeconds", congestedSeconds, 1, 1 << 24);
        positive("connectTimeoutMs", connectTimeoutMs, 1, 1 << 24);
        if (maxUnsentTotalBytes < 1) {
            throw new IllegalArgumentException(
                    "plugins.remoting.maxUnsentTotalBytes must be positive, not " + maxUnsentTotalBytes);
        }
    }

    /**
     * Reads the plugin's section of the configuration; what is absent is standard.
     *
     * @throws IllegalArgumentException naming an unknown key or a value out of range
     */
    public static Limits of(JsonObject config) {
        for (String key : config.fieldNames()) {
            switch (key) {
                case "maxFrameBytes",
                        "maxHeaderBytes",
                        "maxConnections",
                        "idleSeconds",
                        "congestedBytes",
                        "maxUnsentBytes",
                        "congestedSeconds",
                        "connectTimeoutMs",
                        "maxUnsentTotalBytes",
                        "maxConnectionsPerAddress",
                        "firstFrameSeconds",
                        "firstFramesBytes",
                        StrangerLimits.PROXIES,
                        "tls" -> {}
                default -> throw new IllegalArgumentException("unknown key plugins.remoting." + key);
            }
        }
        return new Limits(
                new FrameLimits(
                        number(config, "maxFrameBytes", STANDARD.frames.maxFrameBytes()),
                        number(config, "maxHeaderBytes", STANDARD.frames.maxHeaderBytes())),
                number(config, "maxConnections", STANDARD.maxConnections),
                number(config, "idleSeconds", STANDARD.idleSeconds),
                number(config, "congestedBytes", STANDARD.congestedBytes),
                number(config, "maxUnsentBytes", STANDARD.maxUnsentBytes),
                number(config, "congestedSeconds", STANDARD.congestedSeconds),
                number(config, "connectTimeoutMs", STANDARD.connectTimeoutMs),
                config.getValue("maxUnsentTotalBytes") == null
                        ? STANDARD.maxUnsentTotalBytes
                        : number(config, "maxUnsentTotalBytes", 0));
    }

    private static int number(JsonObject config, String key, int otherwise) {
        Object value = config.getValue(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Number number && number.longValue() == number.intValue()) {
            return number.intValue();
        }
        throw new IllegalArgumentException("plugins.remoting." + key + " must be a whole number, not " + value);
    }

    private static void positive(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "plugins.remoting." + key + " must be within " + min + " and " + max + ", not " + value);
        }
    }
}
