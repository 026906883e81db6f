package io.vledger.raft.driver.wire;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vledger.api.net.FailureDelays;
import io.vledger.api.net.HostPort;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.net.SharedSecrets;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.timer.AlignedTimers;
import io.vledger.api.tls.TlsContexts;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One group's connections to other members, on this node: the one listener on its Raft address, from the plugin's start until its stop,
 * and the channels over which members ask each other. While the group is open its {@link PeerLinks} take the connections that begin
 * with a hello; before and after, a hello is answered with <i>not open</i>. On the group's loop, but for {@link #channel} and the
 * channels themselves, which any thread may use.
 */
public final class GroupTransport {
    /** How long a connection over which requests come may be idle. */
    private static final int IDLE_MS = 60_000;

    private static final int MIN_SILENCE_MS = 500;
    private static final int BIND_AGAIN_MS = 500;
    private static final int SECRET_CHECK_MS = 5_000;

    private final Vertx vertx;
    private final Context loop;
    private final GroupConfig config;
    private final String node;
    private final PeerDialer dialer;
    private final PeerTls tls;
    private final PeerWarnings warnings;
    private final PeerAuthentication authentication;
    private final UnidentifiedConnections unidentified;
    private final FailureDelays unproven = new FailureDelays();
    private SharedSecrets secrets = new SharedSecrets(List.of());
    private long secretTimer = -1;
    private final Map<ChannelType, Channel> channels = new EnumMap<>(ChannelType.class);
    private @Nullable NetServer server;
    private @Nullable PeerLinks links;

    /**
     * A transport that does not listen yet. Called on the loop.
     *
     * @param loop the group's loop, on which all connections live
     * @param node this node's id
     * @param certificates of this node, for groups whose members use TLS
     */
    public GroupTransport(Vertx vertx, Context loop, GroupConfig config, String node, TlsContexts certificates) {
        this.tls = new PeerTls(certificates, config.peerSecurity().tls(), config.peers());
        this.vertx = vertx;
        this.loop = loop;
        this.config = config;
        this.node = node;
        this.authentication = new PeerAuthentication(
                config.name(), node, config.peerSecurity().mode(), () -> secrets);
        this.dialer = new PeerDialer(vertx, config.peers(), authentication, tls);
        this.warnings = new PeerWarnings(config.name(), System::nanoTime);
        this.unidentified = new UnidentifiedConnections(warnings);
        for (ChannelType type : ChannelType.values()) {
            channels.put(type, new Channel(type));
        }
    }

    /**
     * Listens. A group of one has nobody to listen for.
     *
     * @return fails with a message that names address, cause and remedy
     */
    public Future<Void> listen() {
        HostPort own = HostPort.parse(dialer.address(node));
        if (own == null || config.peers().size() == 1) {
            return Future.succeededFuture();
        }
        String bindHost = config.raft().bindHost(own.toString());
        return readSecrets().compose(read -> listen(own, bindHost));
    }

    private Future<Void> listen(HostPort own, String bindHost) {
        return bind(own.port(), bindHost)
                // The system gives the port of a listener that was closed back a moment after it is closed.
                .recover(failure -> failure instanceof BindException
                        ? vertx.timer(BIND_AGAIN_MS, TimeUnit.MILLISECONDS).compose(fired -> bind(own.port(), bindHost))
                        : Future.failedFuture(failure))
                .recover(failure -> Future.failedFuture(new IllegalStateException("group " + config.name()
                        + ": cannot listen for other members on " + bindHost + " port " + own.port() + " ("
                        + PeerDialer.message(failure)
                        + "); stop what uses the port, or set groups[].raft.bindHost (vledgerRaftBindAddress) to an address"
                        + " of this machine")));
    }

    /** Reads the secrets, and again whenever their file has changed. */
    private Future<Void> readSecrets() {
        if (!authentication.offered()) {
            return Future.succeededFuture();
        }
        Path file = Path.of(config.peerSecurity().secretFile());
        return vertx.executeBlocking(() -> SharedSecrets.read(file))
                .recover(failure -> Future.failedFuture(
                        new IllegalStateException("group " + config.name() + ": " + failure.getMessage())))
                .map(read -> {
                    secrets = read;
                    secretTimer = AlignedTimers.setPeriodic(vertx, SECRET_CHECK_MS, () -> {
                        var unused = readSecretsAgain(file);
                    });
                    return null;
                });
    }

    /** Takes over what the file holds by now; if that cannot be used, what was read before stays. */
    Future<SharedSecrets> readSecretsAgain(Path file) {
        return vertx.executeBlocking(() -> SharedSecrets.read(file)).onComplete(result -> {
            SharedSecrets read = result.result();
            if (read == null) {
                warnings.warn("secret", result.cause().getMessage() + "; the secret that was read before stays in use");
            } else {
                secrets = read;
            }
        });
    }

    private Future<Void> bind(int port, String host) {
        NetServer listening = vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true));
        server = listening;
        int helloMs = tls.patienceMs(
                Math.max(PeerDialer.CONNECT_TIMEOUT_MS, silenceMs(config.raft().electionTimeoutMs())));
        listening.connectHandler(socket -> {
            tls.accept(
                    socket,
                    why -> warnings.stranger(
                            socket.remoteAddress().hostAddress(),
                            "closing the connection with " + socket.remoteAddress() + ": " + why
                                    + " (groups[].peerSecurity.tls)"));
            new InboundConnection(this, vertx, socket, helloMs);
        });
        return listening.listen(port, host).mapEmpty();
    }

    /** For how long a member that sends keep-alives may be silent. */
    static int silenceMs(int electionTimeoutMs) {
        return Math.max(MIN_SILENCE_MS, 2 * electionTimeoutMs);
    }

    /**
     * A channel of the group. Any thread.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public PeerChannel channel(String name) {
        ChannelType type = ChannelType.named(name);
        Channel channel = type == null ? null : channels.get(type);
        if (channel == null) {
            throw new IllegalArgumentException("members have no channel \"" + name + "\"");
        }
        return channel;
    }

    /** The loop that all connections live on. */
    Context loop() {
        return loop;
    }

    Vertx vertx() {
        return vertx;
    }

    PeerTls tls() {
        return tls;
    }

    PeerAuthentication authentication() {
        return authentication;
    }

    UnidentifiedConnections unidentified() {
        return unidentified;
    }

    /** How long those wait who do not know the secret. */
    FailureDelays unproven() {
        return unproven;
    }

    PeerDialer dialer() {
        return dialer;
    }

    PeerWarnings warnings() {
        return warnings;
    }

    /** Gives connections that begin with a hello to an open group from now on. */
    void open(PeerLinks opened) {
        links = opened;
    }

    /** Says from now on that the group is not open. */
    void closed(PeerLinks opened) {
        if (links == opened) {
            links = null;
        }
    }

    /** The connections of the open group; null while it is not open. */
    @Nullable
    PeerLinks links() {
        return links;
    }

    /** Whether it is this member that made a connection about which another one asks. */
    boolean dialled(AddressQuestion question) {
        PeerLinks open = links;
        return open != null && open.dialled(question);
    }

    /** Answers the requests of an accepted connection. */
    PeerSocket.Handler responder(ChannelType type, PeerSocket socket) {
        Channel channel = channels.get(type);
        return new RequestResponder(
                type, socket, vertx, warnings, () -> channel == null ? null : channel.handler.get(), IDLE_MS);
    }

    /** Stops listening and closes the connections of the channels. */
    public Future<Void> close() {
        vertx.cancelTimer(secretTimer);
        channels.values().forEach(Channel::close);
        NetServer listening = server;
        Future<Void> stopped = listening == null ? Future.succeededFuture() : listening.close();
        return stopped.eventually(dialer::close);
    }

    /** A channel as others use it. */
    private final class Channel implements PeerChannel {
        private final ChannelType type;
        private final AtomicReference<@Nullable RequestHandler> handler = new AtomicReference<>();
        /** By member. Loop only. */
        private final Map<String, RequestClient> clients = new HashMap<>();

        Channel(ChannelType type) {
            this.type = type;
        }

        @Override
        public Registration serve(RequestHandler next) {
            handler.set(next);
            return () -> handler.compareAndSet(next, null);
        }

        @Override
        public Future<Buffer> request(String member, Buffer request, int timeoutMs) {
            if (member.equals(node) || !config.peers().containsKey(member)) {
                return Future.failedFuture(
                        new IOException(member + " is not another member of group " + config.name()));
            }
            Promise<Buffer> promise = Promise.promise();
            loop.runOnContext(
                    none -> clients.computeIfAbsent(member, added -> new RequestClient(type, added, vertx, dialer))
                            .request(request, timeoutMs)
                            .onComplete(promise));
            return promise.future();
        }

        void close() {
            clients.values().forEach(RequestClient::close);
        }
    }
}
