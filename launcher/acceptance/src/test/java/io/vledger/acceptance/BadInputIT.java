package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.RawConnection;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever arrives on its ports, a node answers or closes, keeps its memory, and continues to serve a real client. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputIT {
    private static final long MEMORY_BOUND = 384L << 20;
    private static final int GET_ROUTE = 105;
    private static final int SEND = 310;
    private static final int RUNTIME_INFO = 28;

    /** A machine that does other things too must not be taken for one that bad input has silenced. */
    private static final int ELECTION_MS = 5_000;

    private final Path directory = WorkDirectory.of(BadInputIT.class);
    private final VledgerCluster cluster = VledgerCluster.ofThreeElecting(ELECTION_MS, directory);
    private ClientProcess client;
    private LoadRun load;
    private VledgerNode leader;

    @BeforeAll
    void start() {
        cluster.startAll();
        cluster.awaitReady();
        client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory);
        client.createTopic("bystander", 2);
        load = LoadRun.start(client, "bystander", "bystander", directory);
        leader = cluster.leader();
    }

    @AfterEach
    void theBystanderIsServedAndMemoryIsBounded() throws IOException {
        load.awaitMore(20);
        assertThat(cluster.leader()).as("no election was caused").isSameAs(leader);
        for (VledgerNode node : cluster.nodes()) {
            assertThat(node.process().isAlive()).isTrue();
            assertThat(node.process().anonymousBytes())
                    .as("anonymous memory of %s", node.id())
                    .isLessThan(MEMORY_BOUND);
        }
    }

    @AfterAll
    void stop() {
        client.close();
        cluster.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void randomBytesAreSurvived(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        for (String address : List.of(leader.clientAddress(), cluster.nameServer())) {
            for (int i = 0; i < 20; i++) {
                byte[] bytes = new byte[random.nextInt(1, 100_000)];
                random.nextBytes(bytes);
                try (RawConnection connection = new RawConnection(address)) {
                    connection.send(bytes);
                }
            }
        }
    }

    @Test
    void aWebRequestIsClosed() throws IOException {
        try (RawConnection connection = new RawConnection(leader.clientAddress())) {
            connection.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            connection.receiveUntilClosed();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MAX_VALUE, -1, Integer.MIN_VALUE, 0, 3, 256 << 20})
    void aFrameOfAnImpossibleLengthIsClosed(int length) throws IOException {
        for (String address : List.of(leader.clientAddress(), cluster.nameServer())) {
            try (RawConnection connection = new RawConnection(address)) {
                connection.send(RawConnection.frame(length, 16, new byte[64]));
                connection.receiveUntilClosed();
            }
        }
    }

    @Test
    void aHeaderThatClaimsMoreThanItsFrameIsClosed() throws IOException {
        try (RawConnection connection = new RawConnection(leader.clientAddress())) {
            connection.send(RawConnection.frame(20, 1000, new byte[16]));
            connection.receiveUntilClosed();
        }
    }

    @Test
    void aTruncatedFrameFollowedByTheEndIsClosed() throws IOException {
        byte[] whole = RawConnection.frame(RawConnection.header(GET_ROUTE, 1));
        for (int length : new int[] {1, 4, 7, 8, whole.length - 1}) {
            try (RawConnection connection = new RawConnection(leader.clientAddress())) {
                connection.send(java.util.Arrays.copyOf(whole, length));
                connection.sendEnd();
                assertThat(connection.receiveUntilClosed()).isEmpty();
            }
        }
    }

    @Test
    void anUnknownCodeIsAnsweredAsNotSupported() throws IOException {
        for (String address : List.of(leader.clientAddress(), cluster.nameServer())) {
            try (RawConnection connection = new RawConnection(address)) {
                connection.send(RawConnection.frame(RawConnection.header(9999, 77)));
                assertThat(connection.receiveHeader()).contains("\"code\":3", "\"opaque\":77");
                connection.send(RawConnection.frame(RawConnection.header(9998, 78)));
                assertThat(connection.receiveHeader()).contains("\"code\":3", "\"opaque\":78");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {SEND, 11, 12, 14, 15, 17, 29, 30, 31, 33, 34, 36, 38, 41, 320})
    void aRequestWithoutItsFieldsIsAnsweredWithAnError(int code) throws IOException {
        try (RawConnection connection = new RawConnection(leader.clientAddress())) {
            connection.send(RawConnection.frame(RawConnection.header(code, 5)));
            assertThat(connection.receiveHeader()).contains("\"opaque\":5").doesNotContain("\"code\":0");
        }
    }

    @Test
    void aHeaderThatIsNoJsonIsClosedOrAnswered() throws IOException {
        for (String header : List.of("{", "{\"code\":", "[1,2]", "{\"code\":\"x\",\"opaque\":{}}", "\u0000\u0001")) {
            try (RawConnection connection = new RawConnection(leader.clientAddress())) {
                connection.send(RawConnection.frame(header));
                connection.sendEnd();
                connection.receiveUntilClosed();
            }
        }
    }

    @Test
    void twoThousandIdleConnectionsLeaveRoomForOthers() throws IOException {
        List<RawConnection> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 2000; i++) {
                idle.add(new RawConnection(leader.clientAddress()));
            }
            load.awaitMore(25);
        } finally {
            for (RawConnection connection : idle) {
                connection.close();
            }
        }
    }

    @Test
    void aClientThatNeverReadsIsNotServedEndlessly() throws IOException {
        int colon = leader.clientAddress().lastIndexOf(':');
        int port = Integer.parseInt(leader.clientAddress().substring(colon + 1));
        byte[] request = RawConnection.frame(RawConnection.header(RUNTIME_INFO, 1));
        ByteBuffer requests = ByteBuffer.allocateDirect(request.length * 1000);
        while (requests.hasRemaining()) {
            requests.put(request);
        }
        try (Selector writable = Selector.open();
                SocketChannel channel =
                        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            channel.configureBlocking(false);
            channel.register(writable, SelectionKey.OP_WRITE);
            long written = 0;
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
            while (System.nanoTime() < deadline && written < 512L << 20) {
                requests.rewind();
                while (requests.hasRemaining() && System.nanoTime() < deadline) {
                    int step = write(channel, requests);
                    written += Math.max(step, 0);
                    if (step <= 0) {
                        writable.selectedKeys().clear();
                        writable.select(5);
                    }
                }
            }
            // The requests were small and their answers large: the node has stopped reading, or has closed.
            assertThat(written).isLessThan(512L << 20);
            load.awaitMore(25);
            assertThat(leader.process().anonymousBytes()).isLessThan(MEMORY_BOUND);
        }
    }

    private static int write(SocketChannel channel, ByteBuffer bytes) {
        try {
            return channel.write(bytes);
        } catch (IOException closed) {
            return 0;
        }
    }
}
