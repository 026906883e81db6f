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
import io.vledger.api.store.Addressing;
import io.vledger.raft.Message;
import io.vledger.raft.driver.Links;
import io.vledger.raft.driver.Replica;
import io.vledger.raft.driver.ReplicaSettings;
import java.net.ConnectException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of one member to all others: listens, dials the members that come after it in the list, dials again when a
 * connection breaks. All on the group's loop.
 */
public final class PeerLinks implements Links {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLinks.class);
    private static final int CONNECT_TIMEOUT_MS = 1_000;
    private static final int REDIAL_MS = 100;
    private static final int HELLO_TIMEOUT_MS = 5_000;

    private final Vertx vertx;
    private final Context context;
    private final ReplicaSettings settings;
    private final String httpAddress;
    private final long incarnation;
    private final PeerCodec codec;
    private final Ancestry ancestry;
    private final Map<String, Link> links = new HashMap<>();
    private final NetClient client;
    private @Nullable NetServer server;
    private @Nullable Replica replica;
    private boolean closed;

    private static final class Link {
        @Nullable
        PeerSocket socket;

        String clientAddress = "";
        String httpAddress = "";
        boolean dialling;
    }

    /**
     * Links of one member; nothing is opened yet.
     *
     * @param httpAddress where this node answers over HTTP, as others are told; may be empty
     * @param ancestry what the group goes on from
     */
    public PeerLinks(
            Vertx vertx,
            Context context,
            ReplicaSettings settings,
            String httpAddress,
            long incarnation,
            Addressing addressing,
            Ancestry ancestry) {
        this.ancestry = ancestry;
        this.httpAddress = httpAddress;
        this.vertx = vertx;
        this.context = context;
        this.settings = settings;
        this.incarnation = incarnation;
        this.codec = new PeerCodec(addressing);
        this.client = vertx.createNetClient(
                new NetClientOptions().setConnectTimeout(CONNECT_TIMEOUT_MS).setTcpNoDelay(true));
        for (String member : settings.raft().members()) {
            if (!member.equals(settings.node())) {
                links.put(member, new Link());
            }
        }
    }

    /** Listens on this member's address and starts dialling. Call it on the group's loop. */
    public Future<Void> open(Replica member) {
        replica = member;
        String address = settings.raftAddresses().getOrDefault(settings.node(), "");
        int colon = address.lastIndexOf(':');
        int port = Integer.parseInt(address.substring(colon + 1));
        NetServer listening = vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true));
        server = listening;
        listening.connectHandler(this::accept);
        return listening
                .listen(port, address.substring(0, colon))
                .onSuccess(bound -> dialAll())
                .mapEmpty()
                .recover(failure -> Future.failedFuture(new IllegalStateException("group " + settings.group()
                        + ": cannot listen for other members on " + address + " (" + failure.getMessage()
                        + "); stop what uses the port, or change this node's address in the list of peers")))
                .mapEmpty();
    }

    private void dialAll() {
        List<String> members = settings.raft().members();
        for (String member : members.subList(members.indexOf(settings.node()) + 1, members.size())) {
            dial(member);
        }
    }

    private Link link(String member) {
        Link link = links.get(member);
        if (link == null) {
            throw new IllegalArgumentException(member + " is not another member of " + settings.group());
        }
        return link;
    }

    private void dial(String member) {
        Link link = link(member);
        if (closed || link.dialling || link.socket != null) {
            return;
        }
        link.dialling = true;
        connect(member).onComplete(result -> {
            link.dialling = false;
            NetSocket socket = result.result();
            if (socket == null) {
                if (refused(result.cause())) {
                    member().memberLost(member, true);
                }
                redial(member);
            } else if (closed) {
                socket.close();
            } else {
                greet(socket, member);
            }
        });
    }

    private Future<NetSocket> connect(String member) {
        String address = settings.raftAddresses().getOrDefault(member, "");
        int colon = address.lastIndexOf(':');
        return client.connect(Integer.parseInt(address.substring(colon + 1)), address.substring(0, colon));
    }

    private static boolean refused(@Nullable Throwable failure) {
        return failure instanceof ConnectException
                && String.valueOf(failure.getMessage()).contains("refused");
    }

    private void redial(String member) {
        if (!closed) {
            vertx.setTimer(REDIAL_MS, timer -> dial(member));
        }
    }

    private void accept(NetSocket socket) {
        greet(socket, null);
    }

    /** Sends our hello if we dialled, and waits for the other side's. */
    private void greet(NetSocket connected, @Nullable String dialled) {
        Handshake handshake = new Handshake(dialled);
        PeerSocket socket = new PeerSocket(connected, handshake::frame, handshake::closed);
        handshake.socket = socket;
        if (dialled != null) {
            sendHello(socket, dialled);
        }
        handshake.timer = vertx.setTimer(HELLO_TIMEOUT_MS, timer -> {
            if (handshake.member == null) {
                LOG.warn("{}: {} said no hello, closing", settings.group(), socket.remote());
                socket.close();
            }
        });
    }

    private void sendHello(PeerSocket socket, String to) {
        Hello hello = new Hello(
                settings.group(),
                settings.node(),
                to,
                incarnation,
                settings.clientAddress(),
                httpAddress,
                ancestry.identity());
        socket.send(PeerCodec.encode(hello, socket.allocator()));
    }

    /** One connection: first the hello, then messages; or nothing but questions. */
    private final class Handshake {
        private final @Nullable String dialled;
        private @Nullable PeerSocket socket;
        private @Nullable String member;
        private long peerIncarnation;
        private long timer;
        private @Nullable Questioner questioner;

        Handshake(@Nullable String dialled) {
            this.dialled = dialled;
        }

        void frame(ByteBuf frame) {
            PeerSocket from = socket;
            if (from == null || closed) {
                return;
            }
            try {
                if (questioner != null) {
                    questioner.ask(frame);
                } else if (member == null && dialled == null && PeerCodec.isQuestion(frame)) {
                    vertx.cancelTimer(timer);
                    questioner = new Questioner(settings.group(), from, context, ancestry.questions());
                    questioner.ask(frame);
                } else if (member == null) {
                    welcome(from, PeerCodec.decodeHello(frame));
                } else {
                    Message message = codec.decode(frame);
                    try {
                        member().receive(member, peerIncarnation, message);
                    } finally {
                        PeerCodec.release(message);
                    }
                }
            } catch (PeerCodec.BadFrame e) {
                LOG.warn("{}: closing the connection with {}: {}", settings.group(), from.remote(), e.getMessage());
                from.close();
            }
        }

        private void welcome(PeerSocket from, Hello hello) throws PeerCodec.BadFrame {
            if (!hello.group().equals(settings.group()) || !hello.to().equals(settings.node())) {
                throw new PeerCodec.BadFrame("it looks for node " + hello.to() + " of group " + hello.group()
                        + ", this is node " + settings.node() + " of group " + settings.group()
                        + "; compare the lists of peers");
            }
            Link link = links.get(hello.from());
            if (link == null || (dialled != null && !dialled.equals(hello.from()))) {
                throw new PeerCodec.BadFrame("it says it is node " + hello.from()
                        + ", which is not expected there; compare the lists of peers");
            }
            if (!hello.origin().equals(ancestry.identity())) {
                throw new PeerCodec.BadFrame("node " + hello.from() + " goes on from "
                        + origin(hello.origin()) + ", this node from " + origin(ancestry.identity())
                        + "; they are not one group. Stop the one that is wrong, empty its directories vledger-"
                        + settings.group() + " and vledger-" + settings.group()
                        + "-origin, and start it again: it takes what it needs from the others");
            }
            member = hello.from();
            peerIncarnation = hello.incarnation();
            PeerSocket old = link.socket;
            link.socket = from;
            link.clientAddress = hello.clientAddress();
            link.httpAddress = hello.httpAddress();
            if (dialled == null) {
                sendHello(from, hello.from());
            }
            if (old != null) {
                old.close();
            }
            member().memberConnected(hello.from(), hello.incarnation());
        }

        private static String origin(String identity) {
            return identity.isEmpty() ? "nothing" : "old data " + identity;
        }

        void closed() {
            vertx.cancelTimer(timer);
            String who = member;
            if (who == null) {
                if (dialled != null) {
                    redial(dialled);
                }
                return;
            }
            Link link = link(who);
            if (link.socket != socket) {
                return;
            }
            link.socket = null;
            if (closed) {
                return;
            }
            LOG.info("{}: lost the connection to {}", settings.group(), who);
            member().memberLost(who, false);
            if (dialled != null) {
                dial(who);
            } else {
                probe(who);
            }
        }
    }

    /** The other side dials us; ask its machine once whether the process is gone, so as not to wait for a dead leader. */
    private void probe(String member) {
        connect(member).onComplete(result -> {
            NetSocket socket = result.result();
            if (socket != null) {
                socket.close();
            } else if (!closed && refused(result.cause()) && link(member).socket == null) {
                member().memberLost(member, true);
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

    /** Stops listening and closes all connections. */
    public Future<Void> close() {
        closed = true;
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
