package io.vledger.remoting.connection;

import static io.vledger.remoting.connection.Await.await;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcServer;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.frame.Frames;
import io.vledger.remoting.stranger.StrangerLimits;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a connection may do before anything is known of its other side. */
class StrangerBoundsTest extends ServerFixture {
    private static final int CODE = 5;

    private RpcServer guarded(int perAddress, int firstFrameSeconds, long firstFramesBytes, String... proxies)
            throws Exception {
        List<IpSubnetFilterRule> rules = Arrays.stream(proxies)
                .map(address -> new IpSubnetFilterRule(address, 32, IpFilterRuleType.ACCEPT))
                .toList();
        rpc = new RemotingRpc(vertx, Limits.STANDARD, HandlerTable::new)
                .guarded(new StrangerLimits(perAddress, firstFrameSeconds, firstFramesBytes, rules));
        handlers.register(CODE, request -> {
            InetSocketAddress remote = request.connection().remote();
            request.reply(0, remote.getHostString() + ":" + remote.getPort());
        });
        return listen();
    }

    private static String remote(RawPeer peer) throws Exception {
        return peer.call(Frames.request(CODE, 1)).header().getString("remark");
    }

    @Test
    void aLoadBalancerSaysWhoTheClientIs() throws Exception {
        RpcServer server = guarded(10, 10, 1 << 20, "127.0.0.1");
        for (int split = 0; split < 44; split += 4) {
            byte[] line = "PROXY TCP4 10.0.0.7 127.0.0.1 51000 10911\r\n".getBytes(ISO_8859_1);
            try (RawPeer peer = new RawPeer(server.port())) {
                peer.send(Arrays.copyOf(line, Math.min(split, line.length)));
                peer.send(
                        Frames.join(Arrays.copyOfRange(line, Math.min(split, line.length), line.length), new byte[0]));
                assertThat(remote(peer)).isEqualTo("10.0.0.7:51000");
            }
        }
        byte[] binary = Frames.hex("0d0a0d0a000d0a515549540a 2111000c 0a000008 7f000001 c739 2a9f");
        try (RawPeer peer = new RawPeer(server.port())) {
            // In one piece with what follows.
            peer.send(Frames.join(binary, Frames.request(CODE, 1)));
            assertThat(peer.receive().header().getString("remark")).isEqualTo("10.0.0.8:51001");
        }
    }

    @Test
    void aLoadBalancerMayConnectForItself() throws Exception {
        RpcServer server = guarded(10, 10, 1 << 20, "127.0.0.1");
        try (RawPeer peer = new RawPeer(server.port())) {
            assertThat(remote(peer)).isEqualTo("127.0.0.1:" + peer.socket.getLocalPort());
        }
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.send("PROXY UNKNOWN\r\n".getBytes(ISO_8859_1));
            assertThat(remote(peer)).isEqualTo("127.0.0.1:" + peer.socket.getLocalPort());
        }
    }

    @Test
    void whoIsNoLoadBalancerCannotSayThatItIsSomebodyElse() throws Exception {
        RpcServer server = guarded(10, 10, 1 << 20, "10.9.9.9");
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.send("PROXY TCP4 10.0.0.7 127.0.0.1 51000 10911\r\n".getBytes(ISO_8859_1));
            assertThat(peer.ended()).isTrue();
        }
    }

    @Test
    void aHeaderThatIsNoneClosesTheConnection() throws Exception {
        RpcServer server = guarded(10, 10, 1 << 20, "127.0.0.1");
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.send("PROXY nonsense\r\n".getBytes(ISO_8859_1));
            assertThat(peer.ended()).isTrue();
        }
    }

    @Test
    void clientsBehindALoadBalancerAreCountedByTheirOwnAddress() throws Exception {
        RpcServer server = guarded(1, 10, 1 << 20, "127.0.0.1");
        List<RawPeer> peers = new ArrayList<>();
        try {
            for (int i = 1; i <= 3; i++) {
                RawPeer peer = new RawPeer(server.port());
                peers.add(peer);
                peer.send(("PROXY TCP4 10.0.0." + i + " 127.0.0.1 1 2\r\n").getBytes(ISO_8859_1));
                assertThat(remote(peer)).isEqualTo("10.0.0." + i + ":1");
            }
            try (RawPeer second = new RawPeer(server.port())) {
                second.send("PROXY TCP4 10.0.0.3 127.0.0.1 1 2\r\n".getBytes(ISO_8859_1));
                assertThat(second.ended()).isTrue();
            }
        } finally {
            for (RawPeer peer : peers) {
                peer.close();
            }
        }
    }

    @Test
    void anAddressHasAsManyConnectionsAsItMayAndGetsThemBack() throws Exception {
        RpcServer server = guarded(2, 10, 1 << 20);
        try (RawPeer one = new RawPeer(server.port())) {
            try (RawPeer two = new RawPeer(server.port());
                    RawPeer three = new RawPeer(server.port())) {
                assertThat(three.ended()).isTrue();
                assertThat(remote(two)).isNotEmpty();
            }
            await(() -> server.connections() == 1);
            try (RawPeer again = new RawPeer(server.port())) {
                assertThat(remote(again)).isNotEmpty();
            }
            assertThat(remote(one)).isNotEmpty();
        }
    }

    @Test
    void aFirstFrameThatDoesNotComeToItsEndIsGivenUp() throws Exception {
        RpcServer server = guarded(10, 1, 1 << 20);
        try (RawPeer slow = new RawPeer(server.port());
                RawPeer served = new RawPeer(server.port())) {
            byte[] frame = Frames.request(CODE, 1, new byte[1000]);
            assertThat(remote(served)).isNotEmpty();
            // A client that was served may take its time.
            served.send(Arrays.copyOf(frame, 100));
            slow.send(Arrays.copyOf(frame, 100));
            assertThat(slow.ended()).isTrue();
            served.send(Arrays.copyOfRange(frame, 100, frame.length));
            assertThat(served.receive().code()).isZero();
        }
    }

    @Test
    void firstFramesThatAreNotWholeShareTheirMemory() throws Exception {
        RpcServer server = guarded(10, 60, 3 << 20);
        byte[] frame = Frames.request(CODE, 1, new byte[2 << 20]);
        try (RawPeer one = new RawPeer(server.port());
                RawPeer two = new RawPeer(server.port())) {
            one.send(Arrays.copyOf(frame, frame.length - 1));
            two.send(Arrays.copyOf(frame, frame.length - 1));
            // Most likely the second; which one comes first is for the server's loops to say.
            assertThat(closedEarly(two) || closedEarly(one)).isTrue();
        }
        try (RawPeer next = new RawPeer(server.port())) {
            next.send(frame);
            assertThat(next.receive().code())
                    .as("what ended gave its memory back")
                    .isZero();
        }
    }

    private static boolean closedEarly(RawPeer peer) throws Exception {
        peer.socket.setSoTimeout(10_000);
        return peer.ended();
    }

    @Test
    void whoIsRefusedAgainAndAgainIsAnsweredLaterAndLater() throws Exception {
        RpcServer server = guarded(10, 10, 1 << 20);
        rpc.filters().set(Map.of("access", (group, request) -> {
            if (request.opaque() != 1) {
                throw new RequestException(16, "no");
            }
        }));
        try (RawPeer guesser = new RawPeer(server.port());
                RawPeer client = new RawPeer(server.port())) {
            long begunNanos = System.nanoTime();
            for (int i = 0; i < 24; i++) {
                assertThat(guesser.call(Frames.request(CODE, 2)).code()).isEqualTo(16);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begunNanos)).isGreaterThan(Duration.ofMillis(500));
            // All at once is not faster: the connection ends when too many answers wait.
            byte[] one = Frames.request(CODE, 3);
            byte[] many = new byte[100 * one.length];
            for (int i = 0; i < 100; i++) {
                System.arraycopy(one, 0, many, i * one.length, one.length);
            }
            guesser.send(many); // in one piece: the connection may end at any of them
            assertThat(remote(client)).isNotEmpty();
            assertThat(guesser.ended()).isTrue();
        }
    }
}
