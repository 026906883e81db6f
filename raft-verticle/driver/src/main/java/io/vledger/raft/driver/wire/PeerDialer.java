package io.vledger.raft.driver.wire;

import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vledger.api.net.HostPort;
import java.net.ConnectException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Opens connections to the other members of a group. For the group's loop. */
final class PeerDialer {
    /** How long a connection, and what is said first over it, may take. */
    static final int CONNECT_TIMEOUT_MS = 1_000;

    private final NetClient client;
    private final Map<String, String> addresses;

    /** @param addresses Raft address of each member, this one included */
    PeerDialer(Vertx vertx, Map<String, String> addresses) {
        this.addresses = Map.copyOf(addresses);
        this.client = vertx.createNetClient(
                new NetClientOptions().setConnectTimeout(CONNECT_TIMEOUT_MS).setTcpNoDelay(true));
    }

    /** A member's address as it is configured here. */
    String address(String member) {
        return addresses.getOrDefault(member, "");
    }

    /** Connects to the configured address of a member. */
    Future<NetSocket> connect(String member) {
        HostPort address = HostPort.of(address(member));
        return client.connect(address.port(), address.host());
    }

    /** Whether the machine answered that nobody listens there, so that the process is gone; a time-out does not say so. */
    static boolean refused(@Nullable Throwable failure) {
        return failure instanceof ConnectException && !(failure instanceof ConnectTimeoutException);
    }

    /** Why a connection could not be opened, for people. */
    static String reason(Throwable failure) {
        return refused(failure) ? "nobody listens there" : message(failure);
    }

    /** The message of a failure, or else its kind. */
    static String message(@Nullable Throwable failure) {
        String message = failure == null ? null : failure.getMessage();
        return message == null ? String.valueOf(failure) : message;
    }

    Future<Void> close() {
        return client.close();
    }
}
