package io.vledger.raft.driver.wire;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;
import io.vledger.api.store.Addressing;
import io.vledger.raft.Message;
import io.vledger.raft.driver.KeepAlive;
import io.vledger.raft.driver.Links;
import io.vledger.raft.driver.Replica;
import io.vledger.raft.driver.ReplicaSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of an open group's member to all others, one each. All on the group's loop.
 *
 * <p><b>Who dials.</b> Of two members the one whose id comes first dials, whatever the order of their lists is; the other one
 * dials only after there has been no connection for {@value #FALLBACK_MS} ms, because the first may have a wrong address of
 * it. Where both did, the connection that the first dialled stays, on both sides.
 *
 * <p><b>Silence.</b> A member with nothing to send sends a {@link KeepAlive}, once in an election time-out or a little more often. A connection over which no
 * byte has come for two of them is closed and dialled again: TCP itself would wait for minutes after a cut before it tries again. The
 * time runs on this loop's own checks, by a bounded step each, so that the silence of others counts only while this side listens. Where all
 * are heard, it checks once in an election time-out, after a message that has woken it anyway if one comes in time, else at the same
 * moments as all other groups of the process.
 */
public final class PeerLinks implements Links {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLinks.class);
    private static final int REDIAL_MS = 100;
    /** Pause after the other side closed the connection on a hello. */
    private static final int REFUSED_MS = 1_000;

    /** How long the hello of the other side may take: its system accepts connections before it is done starting. */
    private static final int HELLO_MS = 2_500;

    private static final int FALLBACK_MS = 3_000;
    private static final int MAX_STRANGERS = 16;

    private final GroupTransport transport;
    private final Vertx vertx;
    private final PeerDialer dialer;
    private final PeerWarnings warnings;
    private final AddressCheck addresses;
    private final PeerCodec codec;
    private final ReplicaSettings settings;
    private final String httpAddress;
    private final String originIdentity;
    private final LongSupplier greatestIncarnation;
    private final Map<String, PeerLink> links = new LinkedHashMap<>();
    /** What is wrong with nodes that connect and are no members here, by id. */
    private final Map<String, String> strangers = new LinkedHashMap<>();

    private final int keepAliveMs;
    private final int silenceMs;
    private final LinkCheckTimer checks;
    private @Nullable Replica replica;
    private boolean closed;

    /**
     * Links of one member; nothing is dialled yet.
     *
     * @param httpAddress where this node answers over HTTP, as others are informed; may be empty
     * @param originIdentity identity of the data that the group continues from; empty if it began with nothing
     * @param greatestIncarnation bound of the incarnations that other members may claim
     */
    public PeerLinks(
            GroupTransport transport,
            ReplicaSettings settings,
            String httpAddress,
            String originIdentity,
            LongSupplier greatestIncarnation,
            Addressing addressing) {
        this(transport, settings, httpAddress, originIdentity, greatestIncarnation, addressing, System::nanoTime);
    }

    /** @param nanoTime monotonic clock by which silence is measured, nanoseconds */
    PeerLinks(
            GroupTransport transport,
            ReplicaSettings settings,
            String httpAddress,
            String originIdentity,
            LongSupplier greatestIncarnation,
            Addressing addressing,
            LongSupplier nanoTime) {
        this.transport = transport;
        this.vertx = transport.vertx();
        this.dialer = transport.dialer();
        this.warnings = transport.warnings();
        this.addresses = new AddressCheck(vertx, dialer);
        this.codec = new PeerCodec(addressing);
        this.settings = settings;
        this.httpAddress = httpAddress;
        this.originIdentity = originIdentity;
        this.greatestIncarnation = greatestIncarnation;
        int electionMs = settings.raft().electionTimeoutMs();
        this.keepAliveMs = Math.max(10, electionMs / 4);
        this.checks = new LinkCheckTimer(vertx, electionMs, nanoTime, this::check);
        this.silenceMs = GroupTransport.silenceMs(electionMs);
        for (String member : settings.raft().members()) {
            if (!member.equals(settings.node())) {
                links.put(
                        member,
                        new PeerLink(
                                member, dialer.address(member), settings.node().compareTo(member) < 0));
            }
        }
    }

    /** Takes the connections of other members from now on, and dials them. Call it on the group's loop. */
    public void open(Replica member) {
        replica = member;
        transport.open(this);
        checks.start();
        links.values().stream().filter(link -> link.dials).forEach(this::dial);
    }

    /** Closes all connections; the transport keeps listening. Call it on the group's loop. */
    public void close() {
        closed = true;
        transport.closed(this);
        checks.stop();
        links.values().forEach(link -> {
            PeerSocket socket = link.socket;
            if (socket != null) {
                socket.close();
            }
        });
    }

    /** A message has come and is dealt with. */
    void woken() {
        checks.woken();
    }

    /** Returns within how many milliseconds the next check is due: sooner than usual where a silence soon lasts too long. */
    private long check(long passed) {
        KeepAlive report = member().leads() ? member().keepAlive() : null;
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
                warnings.warn(
                        link.member, link.member + " has been silent for " + link.silentMs + " ms, connecting again");
                link.unreachable = "silent";
                socket.abort();
            } else if (link.idleMs >= keepAliveMs || (report != null && !report.equals(link.reported))) {
                keepAlive(link, socket);
            }
        }
        return links.values().stream()
                .filter(link -> link.socket != null)
                .mapToLong(link -> silenceMs - link.silentMs)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** Says how far this member is, if the other one understands it. */
    void keepAlive(PeerLink link, PeerSocket socket) {
        if (link.keepsAlive) {
            KeepAlive report = member().keepAlive();
            socket.send(PeerCodec.encode(report, socket.allocator()));
            socket.takeSent();
            link.reported = report;
        }
        link.idleMs = 0;
    }

    private void dial(PeerLink link) {
        if (closed || link.dialling || link.socket != null) {
            return;
        }
        link.dialling = true;
        PeerHandshake handshake = new PeerHandshake(this, link);
        dialer.open(link.member, () -> handshake).onComplete(result -> {
            PeerSocket socket = result.result();
            if (closed) {
                if (socket != null) {
                    socket.close();
                }
            } else if (socket == null) {
                boolean refused = PeerDialer.refused(result.cause());
                String reason = PeerDialer.reason(result.cause());
                link.unreachable = refused ? reason : "cannot be connected to: " + reason;
                if (refused) {
                    member().memberLost(link.member, true);
                }
                dialLater(link, REDIAL_MS);
            } else {
                greet(socket, handshake, link);
            }
        });
    }

    /** Dials again after a pause, if it is for this side to dial; else the next check sees to it. */
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

    /** Sends our hello over a connection that was dialled, and waits for the other side's. */
    private void greet(PeerSocket socket, PeerHandshake handshake, PeerLink dialled) {
        handshake.over(socket);
        dialled.nonce = ThreadLocalRandom.current().nextLong();
        sendHello(socket, dialled.member, dialled.nonce);
        int helloMs = Math.max(HELLO_MS, silenceMs);
        long timer = vertx.setTimer(helloMs, late -> {
            if (!handshake.done()) {
                warnings.warn(socket.remote(), socket.remote() + " sent no hello within " + helloMs + " ms, closing");
                dialled.unreachable = "accepts connections and sends nothing";
                handshake.abort(socket);
            }
        });
        handshake.onEnd(() -> vertx.cancelTimer(timer));
    }

    /** Takes a connection that was accepted and begins with a hello, which is given to the result. */
    PeerSocket.Handler accept(PeerSocket socket) {
        PeerHandshake handshake = new PeerHandshake(this, null);
        handshake.over(socket);
        handshake.onEnd(() -> transport.unidentified().identified(socket));
        return handshake;
    }

    /** Whether it is this member that made a connection about which another one asks. */
    boolean dialled(AddressQuestion question) {
        PeerLink asker = links.get(question.from());
        return question.group().equals(settings.group())
                && question.to().equals(settings.node())
                && asker != null
                && asker.nonce != 0
                && asker.nonce == question.nonce();
    }

    void sendHello(PeerSocket socket, String to, long nonce) {
        Hello hello = new Hello(
                settings.group(),
                settings.node(),
                to,
                member().greeting(),
                nonce,
                settings.clientAddress(),
                httpAddress,
                originIdentity,
                settings.raftAddresses());
        socket.send(PeerCodec.encode(hello, socket.allocator()));
    }

    /** A connection that was dialled ended before the other side was taken for the member. */
    void greetedInVain(PeerLink link, boolean soon) {
        dialLater(link, soon ? REDIAL_MS : REFUSED_MS);
    }

    /** The connection to a member is gone. */
    void lost(PeerLink link) {
        link.lost();
        LOG.info("{}: lost the connection to {}", settings.group(), link.member);
        member().memberLost(link.member, false);
        if (link.dials) {
            dial(link);
        } else {
            probe(link);
        }
    }

    /** The other side dials us; ask its machine once whether the process is gone, so as not to wait for a dead leader. */
    private void probe(PeerLink link) {
        dialer.connect(link.member).onComplete(result -> {
            NetSocket socket = result.result();
            if (socket != null) {
                socket.close();
            } else if (!closed && PeerDialer.refused(result.cause()) && link.socket == null) {
                link.unreachable = PeerDialer.reason(result.cause());
                member().memberLost(link.member, true);
            }
        });
    }

    /** Notes what is wrong with a node that is no member here. */
    void stranger(String node, String problem) {
        if (strangers.size() < MAX_STRANGERS || strangers.containsKey(node)) {
            strangers.put(node, problem);
        }
    }

    private PeerLink link(String member) {
        PeerLink link = links.get(member);
        if (link == null) {
            throw new IllegalArgumentException(member + " is not another member of " + settings.group());
        }
        return link;
    }

    /** The link to a node; null if it is not another member. */
    @Nullable
    PeerLink find(String node) {
        return links.get(node);
    }

    Replica member() {
        Replica member = replica;
        if (member == null) {
            throw new IllegalStateException("not opened");
        }
        return member;
    }

    boolean isClosed() {
        return closed;
    }

    ReplicaSettings settings() {
        return settings;
    }

    String originIdentity() {
        return originIdentity;
    }

    long greatestIncarnation() {
        return greatestIncarnation.getAsLong();
    }

    AddressCheck addresses() {
        return addresses;
    }

    PeerCodec codec() {
        return codec;
    }

    PeerWarnings warnings() {
        return warnings;
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
    public void reconnectAll() {
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
}
