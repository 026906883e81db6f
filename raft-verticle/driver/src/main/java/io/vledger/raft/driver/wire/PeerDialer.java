package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vledger.api.net.HostPort;
import java.io.IOException;
import java.net.ConnectException;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens connections to the other members of a group. For the group's loop. */
final class PeerDialer {
    /** How long a connection, and what is said first over it, may take. */
    static final int CONNECT_TIMEOUT_MS = 1_000;

    private final Vertx vertx;
    private final PeerAuthentication authentication;
    private final PeerTls tls;
    private final NetClient client;
    private final Map<String, String> addresses;

    /**
     * A dialler of one group.
     *
     * @param addresses Raft address of each member, this one included
     * @param authentication how this member proves who it is
     * @param tls how it encrypts
     */
    PeerDialer(Vertx vertx, Map<String, String> addresses, PeerAuthentication authentication, PeerTls tls) {
        this.tls = tls;
        this.vertx = vertx;
        this.authentication = authentication;
        this.addresses = Map.copyOf(addresses);
        this.client = vertx.createNetClient(
                new NetClientOptions().setConnectTimeout(CONNECT_TIMEOUT_MS).setTcpNoDelay(true));
    }

    /** A member's address as it is configured here. */
    String address(String member) {
        return addresses.getOrDefault(member, "");
    }

    /**
     * Connects to a member, and authenticates both sides if this member has a secret.
     *
     * @param next what is done with the frames that follow
     * @return fails with an {@link IOException} that says why the other side is not believed
     */
    Future<PeerSocket> open(String member, Supplier<? extends PeerSocket.Handler> next) {
        return connect(member).compose(connected -> tls.dial(member, connected)).compose(connected -> {
            if (!authentication.offered()) {
                return Future.succeededFuture(new PeerSocket(connected, next.get()));
            }
            return new DialledConnection(authentication.dial(member), next).authenticate(connected);
        });
    }

    /** Connects to the configured address of a member, and says nothing. */
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

    /** A connection that was opened, until the member at its other end is believed. */
    private final class DialledConnection implements PeerSocket.Handler {
        private final PeerAuthentication.Dialling dialling;
        private final Supplier<? extends PeerSocket.Handler> next;
        private final Promise<PeerSocket> believed = Promise.promise();
        private @Nullable PeerSocket socket;

        DialledConnection(PeerAuthentication.Dialling dialling, Supplier<? extends PeerSocket.Handler> next) {
            this.dialling = dialling;
            this.next = next;
        }

        Future<PeerSocket> authenticate(NetSocket connected) {
            PeerSocket opened = new PeerSocket(connected, this);
            opened.acceptAuthenticationOnly();
            socket = opened;
            opened.send(AuthenticationFrames.encode(dialling.claim(), opened.allocator()));
            long timer = vertx.setTimer(CONNECT_TIMEOUT_MS, late -> {
                if (believed.tryFail(new IOException("it does not authenticate itself"))) {
                    opened.abort();
                }
            });
            return believed.future().onComplete(done -> vertx.cancelTimer(timer));
        }

        @Override
        public void frame(ByteBuf frame) throws PeerCodec.BadFrame {
            PeerSocket opened = socket;
            if (opened == null || believed.future().isComplete()) {
                return;
            }
            if (!AuthenticationFrames.isChallenge(frame)) {
                throw new PeerCodec.BadFrame("it does not authenticate itself");
            }
            byte[] proof = dialling.answer(AuthenticationFrames.decodeChallenge(frame));
            if (proof != null) {
                opened.authenticated(dialling.claim().to());
                opened.send(AuthenticationFrames.encodeProof(proof, opened.allocator()));
            }
            opened.acceptFirstFrames();
            opened.handOver(next.get());
            believed.complete(opened);
        }

        @Override
        public void rejected(PeerCodec.BadFrame why) {
            believed.tryFail(new IOException(why.getMessage()));
        }

        @Override
        public void closed() {
            believed.tryFail(new IOException("it closed the connection instead of authenticating itself"));
        }
    }
}
