package io.vledger.http;

/**
 * What clients may take up, so that many or slow ones cannot keep others out.
 *
 * @param maxConnections connections open at once
 * @param headerMs from the opening of a connection, or the answer before, until the next request's header must be whole; a
 *     connection that is idle for so long is closed by the same rule
 * @param bodyMs until a body must be whole
 * @param largeBodyMs until a body that may be larger than 1 MiB, a plugin's jar, must be whole
 */
record HttpLimits(int maxConnections, long headerMs, long bodyMs, long largeBodyMs) {
    static final HttpLimits STANDARD = new HttpLimits(256, 30_000, 20_000, 120_000);
    private static final int LEAST_PER_ADDRESS = 16;

    /** Connections that one address may have, so that it does not keep others out. */
    int connectionsPerAddress() {
        return Math.max(LEAST_PER_ADDRESS, maxConnections / 4);
    }
}
