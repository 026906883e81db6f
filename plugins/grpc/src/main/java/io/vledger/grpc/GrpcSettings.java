package io.vledger.grpc;

import io.vertx.core.json.JsonObject;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.tls.TlsSettings;
import io.vledger.grpc.wire.ConnectionLimits;

/**
 * Where the service listens.
 *
 * @param host address to bind
 * @param port port to bind
 * @param invisibleMs how long a message of a push consumer is invisible before it is renewed or comes back
 * @param tls who must use TLS there, and this node's certificate
 * @param limits of connections of which nothing is known yet
 */
record GrpcSettings(String host, int port, long invisibleMs, TlsSettings tls, ConnectionLimits limits) {
    /** As RocketMQ's proxy. */
    static final int DEFAULT_PORT = 8081;

    private static final int MAX_PORT = 0xFFFF;
    /** As RocketMQ's proxy. */
    private static final long DEFAULT_INVISIBLE_MS = 60_000;

    /** Reads the plugin's section of the configuration; without a host, that of the node's first group counts. */
    static GrpcSettings of(JsonObject section, NodeInfo node) {
        String bound =
                node.groups().isEmpty() ? "0.0.0.0" : node.groups().get(0).bindHost();
        int port = section.getInteger("port", DEFAULT_PORT);
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException(
                    "grpc.port (grpcServerPort) = " + port + ": must be a port, 1 to " + MAX_PORT);
        }
        return new GrpcSettings(
                section.getString("host", bound),
                port,
                section.getLong("invisibleMs", DEFAULT_INVISIBLE_MS),
                TlsSettings.of(section.getJsonObject("tls")),
                ConnectionLimits.of(section));
    }
}
