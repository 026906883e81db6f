package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vledger.api.net.HostPort;
import io.vledger.api.store.Addressing;
import io.vledger.raft.Message;
import io.vledger.raft.driver.KeepAlive;
import io.vledger.raft.driver.Links;
import io.vledger.raft.driver.Replica;
import io.vledger.raft.driver.ReplicaSettings;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of one member to all others, one each. All on the group's loop.
 *
 * <p><b>Who dials.</b> Of two members the one whose id comes first dials, whatever the order of their lists is; the other one
 * dials only after there has been no connection for {@value #FALLBACK_MS} ms, because the first may have a wrong address of
 * it. Where both did, the connection that the first dialled stays, on both sides.
 *
 * <p><b>Silence.</b> Whoever has nothing to send sends a {@link KeepAlive}. A connection over which no byte has come for two
 * election time-outs is closed and dialled anew: TCP itself would wait for minutes after a cut before it tries again. The time
 * runs on this loop's own ticks, by a bounded step each, so that the silence of others counts only while this side listens.
 */
public final class PeerLinks implements Links {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLinks.class);
    private static final int CONNECT_TIMEOUT_MS = 1_000;
    private static final int REDIAL_MS = 100;
    /** Pause after the other side hung up on a hello. */
    private static final int REFUSED_MS = 1_000;

    private static final int FALLBACK_MS = 3_000;
    private static final int LEAST_SILENCE_MS = 500;
    private static final long LOG_AGAIN_MS = 60_000;
    private static final int MAX_STRANGERS = 16;

    private final Vertx vertx;
    private final Context context;
    private final ReplicaSettings settings;
    private final String httpAddress;
    private final LongSupplier greatestIncarnation;
    private final AddressCheck addresses;
    private final PeerCodec codec;
    private final Ancestry ancestry;
    private final Map<String, PeerLink> links = new LinkedHashMap<>();
    /** What is wrong with nodes that connect and are no members here, by id. */
    private final Map<String, String> strangers = new LinkedHashMap<>();
    /** When each warning was logged last, by whom it is about. */
    private final Map<String, Logged> logged = new HashMap<>();

    private final NetClient client;
    private final int tickMs;
    private final int keepAliveMs;
    private final int silenceMs;
    private @Nullable NetServer server;
    private @Nullable Replica replica;
    private boolean closed;
    private long ticker;
    private long tickedNanos;

    private record Logged(String text, long nanos) {}

    /**
     * Links of one member; nothing is opened yet.
     *
     * @param httpAddress where this node answers over HTTP, as others are told; may be empty
     * @param greatestIncarnation bound of the incarnations that other members may claim
     * @param ancestry what the group goes on from
     */
    public PeerLinks(
            Vertx vertx,
            Context context,
            ReplicaSettings settings,
            String httpAddress,
            LongSupplier greatestIncarnation,
            Addressing addressing,
            Ancestry ancestry) {
        this.ancestry = ancestry;
        this.httpAddress = httpAddress;
        this.vertx = vertx;
        this.context = context;
        this.settings = settings;
        this.greatestIncarnation = greatestIncarnation;
        this.addresses = new AddressCheck(vertx, CONNECT_TIMEOUT_MS);
        this.codec = new PeerCodec(addressing);
        int electionMs = settings.raft().electionTimeoutMs();
        this.tickMs = Math.max(10, electionMs / 8);
        this.keepAliveMs = Math.max(10, electionMs / 4);
        this.silenceMs = Math.max(LEAST_SILENCE_MS, 2 * electionMs);
        this.client = vertx.createNetClient(
                new NetClientOptions().setConnectTimeout(CONNECT_TIMEOUT_MS).setTcpNoDelay(true));
        for (String member : settings.raft().members()) {
            if (!member.equals(settings.node())) {
                links.put(
                        member,
                        new PeerLink(member, address(member), settings.node().compareTo(member) < 0));
            }
        }
    }

    private String address(String member) {
        return settings.raftAddresses().getOrDefault(member, "");
    }

    /**
     * Listens and starts dialling. Call it on the group's loop.
     *
     * @param bindHost address that is bound; the others dial the one in the list of peers, whose port it has
     */
    public Future<Void> open(Replica member, String bindHost) {
        replica = member;
        HostPort own = HostPort.parse(address(settings.node()));
        // A group of one has no port of its own for others.
        int port = own == null ? 0 : own.port();
        NetServer listening = vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true));
        server = listening;
        listening.connectHandler(this::accept);
        return listening
                .listen(port, bindHost)
                .onSuccess(bound -> begin())
                .mapEmpty()
                .recover(failure -> Future.failedFuture(new IllegalStateException("group " + settings.group()
                        + ": cannot listen for other members on " + bindHost + " port " + port + " ("
                        + failure.getMessage()
                        + "); stop what uses the port, or set groups[].raft.bindHost (vledgerRaftBindAddress) to an address of"
                        + " this machine")))
                .mapEmpty();
    }

    private void begin() {
        tickedNanos = System.nanoTime();
        ticker = vertx.setPeriodic(tickMs, timer -> tick());
        links.values().stream().filter(link -> link.dials).forEach(this::dial);
    }

    private void tick() {
        long now = System.nanoTime();
        long passed = Math.min(TimeUnit.NANOSECONDS.toMillis(now - tickedNanos), 2L * tickMs);
        tickedNanos = now;
        for (PeerLink link : links.values()) {
            PeerSocket socket = link.socket;
            if (socket == null) {
                link.silentMs += passed;
                if (link.silentMs >= FALLBACK_MS) {
                    dial(link);
                }
                continue;
            }
            link.silentMs = socket.takeHeard() ? 0 : link.silentMs + passed;
            link.idleMs = socket.takeSent() ? 0 : link.idleMs + passed;
            if (link.silentMs >= silenceMs && link.keepsAlive) {
                warn(link.member, link.member + " has been silent for " + link.silentMs + " ms, connecting anew");
                link.unreachable = "silent";
                socket.abort();
            } else if (link.idleMs >= keepAliveMs || (member().leads() && link.keptAliveMs(passed) >= keepAliveMs)) {
                keepAlive(link, socket);
            }
        }
    }

    private void keepAlive(PeerLink link, PeerSocket socket) {
        if (link.keepsAlive) {
            socket.send(PeerCodec.encode(member().keepAlive(), socket.allocator()));
        }
        link.idleMs = 0;
        link.saidMs = 0;
    }

    /** Logs what is new, and what lasts now and then. */
    private void warn(String about, String text) {
        long now = System.nanoTime();
        Logged before = logged.get(about);
        if (before == null
                || !before.text.equals(text)
                || now - before.nanos >= TimeUnit.MILLISECONDS.toNanos(LOG_AGAIN_MS)) {
            if (logged.size() < settings.raft().members().size() + MAX_STRANGERS || before != null) {
                logged.put(about, new Logged(text, now));
            }
            LOG.warn("{}: {}", settings.group(), text);
        }
    }

    private PeerLink link(String member) {
        PeerLink link = links.get(member);
        if (link == null) {
            throw new IllegalArgumentException(member + " is not another member of " + settings.group());
        }
        return link;
    }

    private void dial(PeerLink link) {
        if (closed || link.dialling || link.socket != null) {
            return;
        }
        link.dialling = true;
        connect(link).onComplete(result -> {
            NetSocket socket = result.result();
            if (closed) {
                if (socket != null) {
                    socket.close();
                }
            } else if (socket == null) {
                boolean refused = refused(result.cause());
                link.unreachable =
                        refused ? "nobody listens there" : "cannot be connected to: " + words(result.cause());
                if (refused) {
                    member().memberLost(link.member, true);
                }
                dialLater(link, REDIAL_MS);
            } else {
                greet(socket, link);
            }
        });
    }

    private static String words(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }

    private Future<NetSocket> connect(PeerLink link) {
        HostPort address = HostPort.of(link.address);
        return client.connect(address.port(), address.host());
    }

    private static boolean refused(@Nullable Throwable failure) {
        return failure instanceof ConnectException
                && String.valueOf(failure.getMessage()).contains("refused");
    }

    /** Dials again after a pause, if it is for this side to dial; else the tick sees to it. */
    private void dialLater(PeerLink link, int pauseMs) {
        vertx.setTimer(pauseMs, timer -> {
            link.dialling = false;
            if (link.dials) {
                dial(link);
            } else {
                link.silentMs = 0;
            }
        });
    }

    private void accept(NetSocket socket) {
        greet(socket, null);
    }

    /** Sends our hello if we dialled, and waits for the other side's. */
    private void greet(NetSocket connected, @Nullable PeerLink dialled) {
        Handshake handshake = new Handshake(dialled);
        PeerSocket socket = new PeerSocket(connected, handshake::frame, handshake::closed);
        handshake.socket = socket;
        if (dialled != null) {
            dialled.nonce = ThreadLocalRandom.current().nextLong();
            sendHello(socket, dialled.member, dialled.nonce);
        }
        handshake.timer = vertx.setTimer(Math.max(CONNECT_TIMEOUT_MS, silenceMs), timer -> {
            if (handshake.link == null) {
                warn(socket.remote(), socket.remote() + " said no hello, closing");
                if (dialled != null) {
                    dialled.unreachable = "accepts connections and says nothing";
                }
                socket.abort();
            }
        });
    }

    private void sendHello(PeerSocket socket, String to, long nonce) {
        Hello hello = new Hello(
                settings.group(),
                settings.node(),
                to,
                member().greeting(),
                nonce,
                settings.clientAddress(),
                httpAddress,
                ancestry.identity(),
                settings.raftAddresses());
        socket.send(PeerCodec.encode(hello, socket.allocator()));
    }

    /** One connection: first the hello, then messages; or nothing but questions. */
    private final class Handshake {
        /** Set if this side dialled. */
        private final @Nullable PeerLink dialled;

        private @Nullable PeerSocket socket;
        /** Set once the other side has said who it is and was taken. */
        private @Nullable PeerLink link;

        private long peerIncarnation;
        private long timer;
        private @Nullable Questioner questioner;
        /** Whether the member is being asked if this connection is its own. */
        private boolean asking;

        Handshake(@Nullable PeerLink dialled) {
            this.dialled = dialled;
        }

        void frame(ByteBuf frame) {
            PeerSocket from = socket;
            if (from == null || closed) {
                return;
            }
            try {
                PeerLink known = link;
                if (questioner != null) {
                    questioner.ask(frame);
                } else if (known == null && dialled == null && PeerCodec.isQuestion(frame)) {
                    vertx.cancelTimer(timer);
                    questioner = new Questioner(settings.group(), from, context, ancestry.questions());
                    questioner.ask(frame);
                } else if (known == null && dialled == null && PeerCodec.isAddressQuestion(frame)) {
                    answerWhose(from, PeerCodec.decodeAddressQuestion(frame));
                } else if (known == null) {
                    welcome(from, PeerCodec.decodeHello(frame));
                } else if (PeerCodec.isKeepAlive(frame)) {
                    member().keptAlive(known.member, PeerCodec.decodeKeepAlive(frame));
                } else {
                    if (known.socket != from) {
                        // Another connection has taken its place.
                        return;
                    }
                    Message message = codec.decode(frame);
                    try {
                        member().receive(known.member, peerIncarnation, message);
                    } finally {
                        PeerCodec.release(message);
                    }
                }
            } catch (PeerCodec.BadFrame e) {
                warn(
                        link == null ? from.remote() : link.member,
                        "closing the connection with " + from.remote() + ": " + e.getMessage());
                from.close();
            }
        }

        private void welcome(PeerSocket from, Hello hello) throws PeerCodec.BadFrame {
            if (!hello.group().equals(settings.group()) || !hello.to().equals(settings.node())) {
                throw unexpected("it looks for node " + hello.to() + " of group " + hello.group()
                        + ", this is node " + settings.node() + " of group " + settings.group()
                        + "; compare the lists of peers");
            }
            PeerLink claimed = links.get(hello.from());
            if (dialled != null && dialled != claimed) {
                throw unexpected("it says it is node " + hello.from() + ", but node " + dialled.member
                        + " is expected there; compare the lists of peers");
            }
            compareLists(from, hello, claimed);
            if (claimed == null) {
                throw new PeerCodec.BadFrame("it says it is node " + hello.from()
                        + ", which is not expected here; compare the lists of peers");
            }
            if (!hello.origin().equals(ancestry.identity())) {
                throw unexpected("node " + hello.from() + " goes on from "
                        + origin(hello.origin()) + ", this node from " + origin(ancestry.identity())
                        + "; they are not one group. Stop the one that is wrong, empty its directories vledger-"
                        + settings.group() + " and vledger-" + settings.group()
                        + "-origin, and start it again: it takes what it needs from the others");
            }
            if (hello.start().incarnation() > greatestIncarnation.getAsLong()) {
                throw unexpected("node " + hello.from() + " says its memory is of the far future; is its clock right?");
            }
            if (dialled != null) {
                take(from, hello, claimed);
            } else if (!asking) {
                asking = true;
                verify(from, hello, claimed);
            }
        }

        /** Asks the member whether this connection is its own before anything is believed that comes over it. */
        private void verify(PeerSocket from, Hello hello, PeerLink claimed) {
            AddressQuestion question =
                    new AddressQuestion(settings.group(), settings.node(), claimed.member, hello.nonce());
            addresses.ask(() -> connect(claimed), question).onSuccess(answer -> {
                if (closed || from.isClosed()) {
                    return;
                }
                String doubt = doubt(answer, from, hello, claimed);
                if (doubt.isEmpty()) {
                    take(from, hello, claimed);
                } else {
                    warn(claimed.member, doubt);
                    from.close();
                }
            });
        }

        /** Why the other side is not who it says; empty to believe it. */
        private String doubt(NameClaim.Answer answer, PeerSocket from, Hello hello, PeerLink claimed) {
            long known = member().heardIncarnation(claimed.member);
            if (NameClaim.believed(
                    answer, claimed.socket != null, known, hello.start().incarnation())) {
                return "";
            }
            String who = from.remote() + " says it is node " + claimed.member;
            if (answer == NameClaim.Answer.SOMEBODY_ELSE) {
                return who + ", but the one at " + claimed.address
                        + " says that connection is not its own; it is refused."
                        + " Is there a second process with that id?";
            }
            return who + ", but cannot be asked at " + claimed.address + "; it is refused. Compare the lists of peers";
        }

        /** Somebody asks whether it is this node that connected to it. */
        private void answerWhose(PeerSocket from, AddressQuestion question) {
            vertx.cancelTimer(timer);
            PeerLink asker = links.get(question.from());
            boolean mine = question.group().equals(settings.group())
                    && question.to().equals(settings.node())
                    && asker != null
                    && asker.nonce != 0
                    && asker.nonce == question.nonce();
            from.send(PeerCodec.encodeAddressAnswer(mine, from.allocator()));
            timer = vertx.setTimer(CONNECT_TIMEOUT_MS, late -> from.close());
        }

        private PeerCodec.BadFrame unexpected(String text) {
            if (dialled != null) {
                dialled.unreachable = text;
            }
            return new PeerCodec.BadFrame(text);
        }

        /** Lists that name different members would mean different majorities: then neither side goes on, and both say so. */
        private void compareLists(PeerSocket from, Hello hello, @Nullable PeerLink claimed) throws PeerCodec.BadFrame {
            if (hello.members().isEmpty()) {
                return;
            }
            ListDifference found = new ListDifference(settings.raftAddresses(), hello.from(), hello.members());
            String text = found.sentence();
            if (claimed != null) {
                claimed.difference = text;
            } else if (strangers.size() < MAX_STRANGERS || strangers.containsKey(hello.from())) {
                strangers.put(hello.from(), text);
            }
            if (found.inMembers()) {
                if (dialled == null) {
                    // So that the other side can say what differs, too.
                    sendHello(from, hello.from(), 0);
                }
                throw unexpected(text);
            }
            if (!text.isEmpty()) {
                warn(hello.from(), text);
            }
        }

        private void take(PeerSocket from, Hello hello, PeerLink claimed) {
            peerIncarnation = hello.start().incarnation();
            boolean right = claimed.dials == (dialled != null);
            PeerSocket old = claimed.socket;
            if (old != null && claimed.dialledRight && !right && claimed.incarnation >= peerIncarnation) {
                // Both sides dialled: the connection that stays is the same one on both.
                from.close();
                return;
            }
            link = claimed;
            claimed.connected(from, right, hello);
            if (dialled == null) {
                sendHello(from, hello.from(), 0);
            } else {
                dialled.dialling = false;
            }
            if (old != null) {
                old.abort();
            }
            member().memberConnected(hello.from(), hello.start());
            keepAlive(claimed, from);
        }

        private static String origin(String identity) {
            return identity.isEmpty() ? "nothing" : "old data " + identity;
        }

        void closed() {
            vertx.cancelTimer(timer);
            PeerLink known = link;
            if (closed) {
                return;
            }
            if (known == null) {
                if (dialled != null) {
                    dialLater(dialled, REFUSED_MS);
                }
                return;
            }
            if (known.socket != socket) {
                return;
            }
            known.lost();
            LOG.info("{}: lost the connection to {}", settings.group(), known.member);
            member().memberLost(known.member, false);
            if (known.dials) {
                dial(known);
            } else {
                probe(known);
            }
        }
    }

    /** The other side dials us; ask its machine once whether the process is gone, so as not to wait for a dead leader. */
    private void probe(PeerLink link) {
        connect(link).onComplete(result -> {
            NetSocket socket = result.result();
            if (socket != null) {
                socket.close();
            } else if (!closed && refused(result.cause()) && link.socket == null) {
                link.unreachable = "nobody listens there";
                member().memberLost(link.member, true);
            }
        });
    }

    @Override
    public void send(String member, Message message) {
        PeerSocket socket = link(member).socket;
        if (socket != null) {
            socket.send(codec.encode(message, socket.allocator()));
        }
    }

    @Override
    public void close(String member) {
        PeerSocket socket = link(member).socket;
        if (socket != null) {
            socket.close();
        }
    }

    @Override
    public void greetAnew() {
        links.keySet().forEach(this::close);
    }

    @Override
    public String clientAddress(String member) {
        return link(member).clientAddress;
    }

    @Override
    public String httpAddress(String member) {
        return member.equals(settings.node()) ? httpAddress : link(member).httpAddress;
    }

    @Override
    public boolean connected(String member) {
        return link(member).socket != null;
    }

    @Override
    public boolean keepsAlive(String member) {
        PeerLink link = links.get(member);
        return link != null && link.keepsAlive;
    }

    @Override
    public String problem(String member) {
        return link(member).problem();
    }

    @Override
    public List<String> problems() {
        List<String> found = new ArrayList<>(strangers.values());
        links.values().stream()
                .map(link -> link.difference)
                .filter(text -> !text.isEmpty())
                .forEach(found::add);
        return found;
    }

    /** Stops listening and closes all connections. */
    public Future<Void> close() {
        closed = true;
        vertx.cancelTimer(ticker);
        links.values().forEach(link -> {
            PeerSocket socket = link.socket;
            if (socket != null) {
                socket.close();
            }
        });
        NetServer listening = server;
        Future<Void> stopped = listening == null ? Future.succeededFuture() : listening.close();
        return stopped.eventually(client::close);
    }

    private Replica member() {
        Replica member = replica;
        if (member == null) {
            throw new IllegalStateException("not opened");
        }
        return member;
    }

    /** The loop that all of this runs on. */
    public Context context() {
        return context;
    }
}
