package io.vledger.raft.driver.wire;

import static io.vledger.raft.driver.wire.LocalTransports.receive;
import static io.vledger.raft.driver.wire.LocalTransports.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Promise;
import io.vledger.api.store.Addressing;
import io.vledger.raft.MemberStart;
import io.vledger.raft.Message;
import io.vledger.raft.driver.IdleReplica;
import io.vledger.raft.driver.ReplicaSettings;
import io.vledger.testkit.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What member n2 believes of those who connect to it, over real sockets on loopback. The test plays n0, at n0's address. */
class PeerHandshakeTest {
    private static final UnpooledByteBufAllocator HEAP = UnpooledByteBufAllocator.DEFAULT;
    private static final long NONCE = 4711;
    private static final long GREATEST_INCARNATION = 1_000;
    private static final String ORIGIN = "the old data";

    private final LocalTransports members = new LocalTransports();
    private final Map<String, String> peers = members.peers();
    /** By how much the clock of n2's connections is ahead. */
    private final AtomicLong aheadSeconds = new AtomicLong();

    private final AtomicLong clockReads = new AtomicLong();
    private PeerLinks links;
    private ServerSocket atN0;

    @BeforeEach
    void open() throws Exception {
        String own = peers.getOrDefault("n0", "");
        atN0 = new ServerSocket(
                Integer.parseInt(own.substring(own.indexOf(':') + 1)), 8, InetAddress.getLoopbackAddress());
        atN0.setSoTimeout(20_000);
        members.start("n2");
        links = open(IdleReplica.settings("n2", peers));
    }

    private long nanoTime() {
        clockReads.incrementAndGet();
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(aheadSeconds.get());
    }

    private PeerLinks open(ReplicaSettings settings) throws Exception {
        GroupTransport transport = members.transport("n2");
        Promise<PeerLinks> opened = Promise.promise();
        transport.loop().runOnContext(none -> {
            try {
                PeerLinks made = new PeerLinks(
                        transport,
                        settings,
                        "",
                        ORIGIN,
                        () -> GREATEST_INCARNATION,
                        new Addressing(1 << 20),
                        this::nanoTime);
                made.open(IdleReplica.of(settings, made));
                opened.complete(made);
            } catch (Exception e) {
                opened.fail(e);
            }
        });
        return opened.future().await(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        atN0.close();
        members.close();
    }

    private Hello hello(String from, String to, String group) {
        return new Hello(group, from, to, new MemberStart(1, 1, 1, 0, 0), NONCE, "127.0.0.1:9", "", ORIGIN, peers);
    }

    private Hello hello() {
        return hello("n0", "n2", "g");
    }

    private Socket greet(Hello hello) throws IOException {
        Socket socket = members.connect("n2");
        send(socket, PeerCodec.encode(hello, HEAP));
        return socket;
    }

    /** Answers at n0's address whether the connection is n0's own. */
    private void answerQuestion(boolean own) throws Exception {
        try (Socket asked = atN0.accept()) {
            asked.setSoTimeout(20_000);
            AddressQuestion question = PeerCodec.decodeAddressQuestion(receive(asked));
            assertThat(question).isEqualTo(new AddressQuestion("g", "n2", "n0", NONCE));
            send(asked, PeerCodec.encodeAddressAnswer(own, HEAP));
        }
    }

    private static void isClosed(Socket socket) throws IOException {
        assertThat(socket.getInputStream().read()).as("closed without a word").isEqualTo(-1);
    }

    @Test
    void aMemberIsBelievedOnceItsOwnAddressSaysThatTheConnectionIsItsOwn() throws Exception {
        try (Socket socket = greet(hello())) {
            answerQuestion(true);
            ByteBuf answer = receive(socket);
            assertThat(PeerCodec.isHello(answer)).isTrue();
            Hello hello = PeerCodec.decodeHello(answer);
            assertThat(hello.from()).isEqualTo("n2");
            assertThat(hello.to()).isEqualTo("n0");
            assertThat(hello.origin()).isEqualTo(ORIGIN);
            assertThat(links.connected("n0")).isTrue();
            assertThat(links.clientAddress("n0")).isEqualTo("127.0.0.1:9");
            assertThat(members.transport("n2").unidentified().count()).isZero();
        }
        Eventually.await("the connection is missed", () -> !links.connected("n0"));
    }

    @Test
    void aMessageHasTheMemberLookAtItsConnectionsBeforeItsTimerFires() throws Exception {
        int electionSeconds = 6_000;
        closeLinks();
        links = open(IdleReplica.settings("n2", peers, electionSeconds * 1_000));
        try (Socket socket = greet(hello())) {
            answerQuestion(true);
            assertThat(PeerCodec.isHello(receive(socket))).isTrue();
            // One check sees that something was sent of late, the next that nothing was: it keeps the connection alive.
            // Neither timer fires within the test.
            for (int check = 0; check < 2; check++) {
                aheadSeconds.addAndGet(electionSeconds);
                long before = clockReads.get();
                send(
                        socket,
                        new PeerCodec(new Addressing(1 << 20))
                                .encode(new Message.VoteRequest(0, true, false, 0, 0), HEAP));
                Eventually.await("the message has reached the timer", () -> clockReads.get() > before);
            }
            ByteBuf frame = receive(socket);
            while (!PeerCodec.isKeepAlive(frame)) {
                frame = receive(socket);
            }
        }
    }

    private void closeLinks() throws Exception {
        Promise<Void> closed = Promise.promise();
        members.transport("n2").loop().runOnContext(none -> {
            links.close();
            closed.complete();
        });
        closed.future().await(20, TimeUnit.SECONDS);
    }

    @Test
    void aConnectionThatTheMemberDisownsIsRefused() throws Exception {
        try (Socket socket = greet(hello())) {
            answerQuestion(false);
            isClosed(socket);
        }
        assertThat(links.connected("n0")).isFalse();
    }

    @Test
    void nothingIsTakenOverAConnectionWhileItsMemberIsBeingAsked() throws Exception {
        try (Socket socket = greet(hello())) {
            // A vote for term 9 that must not count.
            send(
                    socket,
                    new PeerCodec(new Addressing(1 << 20))
                            .encode(new Message.VoteRequest(9, false, false, 0, 0), HEAP));
            answerQuestion(true);
            assertThat(PeerCodec.isHello(receive(socket))).isTrue();
        }
    }

    @Test
    void whoLooksForAnotherNodeOrGroupIsAtTheWrongAddress() throws Exception {
        try (Socket group = greet(hello("n0", "n2", "another"));
                Socket node = greet(hello("n0", "n1", "g"))) {
            isClosed(group);
            isClosed(node);
        }
    }

    @Test
    void aNodeThatIsNotListedIsRefused() throws Exception {
        try (Socket socket = greet(hello("n7", "n2", "g"))) {
            isClosed(socket);
        }
    }

    @Test
    void aMemberThatContinuesFromOtherDataIsRefused() throws Exception {
        Hello other = new Hello(
                "g", "n0", "n2", new MemberStart(1, 1, 1, 0, 0), NONCE, "127.0.0.1:9", "", "other data", peers);
        try (Socket socket = greet(other)) {
            isClosed(socket);
        }
    }

    @Test
    void aMemoryOfTheFarFutureIsRefused() throws Exception {
        Hello future = new Hello(
                "g",
                "n0",
                "n2",
                new MemberStart(GREATEST_INCARNATION + 1, 1, 1, 0, 0),
                NONCE,
                "127.0.0.1:9",
                "",
                ORIGIN,
                peers);
        try (Socket socket = greet(future)) {
            isClosed(socket);
        }
    }

    @Test
    void bothSidesLearnThatTheirListsNameDifferentMembersAndDoNotConnect() throws Exception {
        Map<String, String> more = new TreeMap<>(peers);
        more.put("n3", "127.0.0.1:3");
        Hello other =
                new Hello("g", "n0", "n2", new MemberStart(1, 1, 1, 0, 0), NONCE, "127.0.0.1:9", "", ORIGIN, more);
        try (Socket socket = greet(other)) {
            Hello answer = PeerCodec.decodeHello(receive(socket));
            assertThat(answer.members())
                    .as("so that the other side can say what differs")
                    .isEqualTo(peers);
            isClosed(socket);
        }
        assertThat(links.connected("n0")).isFalse();
        assertThat(links.problems()).anyMatch(problem -> problem.contains("n3"));
    }
}
