package io.vledger.grpc.wire;

import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;

/**
 * Bounds of connections of which nothing is known yet; keys and values are those of the remoting plugin.
 *
 * @param perAddress connections of one address
 * @param silentMs for how long a connection may be none of HTTP
 */
public record ConnectionLimits(int perAddress, long silentMs) {
    /** What applies unless it is configured otherwise. */
    public static final ConnectionLimits STANDARD = new ConnectionLimits(5_000, TimeUnit.SECONDS.toMillis(30));

    /**
     * Reads them from the plugin's section of the configuration; what is absent is standard.
     *
     * @throws IllegalArgumentException naming the key that is wrong
     */
    public static ConnectionLimits of(JsonObject section) {
        long seconds = TimeUnit.MILLISECONDS.toSeconds(STANDARD.silentMs);
        return new ConnectionLimits(
                number(section, "maxConnectionsPerAddress", STANDARD.perAddress),
                TimeUnit.SECONDS.toMillis(number(section, "firstFrameSeconds", (int) seconds)));
    }

    private static int number(JsonObject section, String key, int otherwise) {
        Object value = section.getValue(key, otherwise);
        if (value instanceof Integer number && number > 0) {
            return number;
        }
        throw new IllegalArgumentException("plugins.grpc." + key + " must be a positive whole number, not " + value);
    }
}
