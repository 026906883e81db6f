package io.vledger.broker.client;

import io.vledger.api.rpc.RpcConnection;
import java.net.InetSocketAddress;

/** One client in one group: its id, where it is, and when it last sent a heartbeat. Loop only. */
public final class ClientChannel {
    private final String clientId;
    private final RpcConnection connection;
    private final String language;
    private final int version;
    private final long sinceMs;
    private boolean owedNotice;
    private long lastHeardMs;

    ClientChannel(String clientId, RpcConnection connection, String language, int version, long nowMs) {
        this.clientId = clientId;
        this.connection = connection;
        this.language = language;
        this.version = version;
        this.sinceMs = nowMs;
        this.lastHeardMs = nowMs;
    }

    /** The id that the client gave itself. */
    public String clientId() {
        return clientId;
    }

    /** Its connection. */
    public RpcConnection connection() {
        return connection;
    }

    /** Its language as RocketMQ spells it. */
    public String language() {
        return language;
    }

    /** Its {@code MQVersion} ordinal. */
    public int version() {
        return version;
    }

    /** When its first heartbeat over this connection came, milliseconds since the epoch. */
    long sinceMs() {
        return sinceMs;
    }

    /** Whether a notice waits until the client has settled. */
    boolean owedNotice() {
        return owedNotice;
    }

    void owedNotice(boolean owed) {
        owedNotice = owed;
    }

    /** When its last heartbeat came, milliseconds since the epoch. */
    public long lastHeardMs() {
        return lastHeardMs;
    }

    /** Its address, {@code ip:port}. */
    public String address() {
        return addressOf(connection);
    }

    /** The client's address on a connection, {@code ip:port}. */
    public static String addressOf(RpcConnection connection) {
        InetSocketAddress remote = connection.remote();
        return (remote.getAddress() == null
                        ? remote.getHostString()
                        : remote.getAddress().getHostAddress()) + ":" + remote.getPort();
    }

    void heard(long nowMs) {
        lastHeardMs = nowMs;
    }
}
