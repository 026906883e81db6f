package io.vledger.raft.driver.wire;

import static io.vledger.raft.driver.wire.LocalTransports.receive;
import static io.vledger.raft.driver.wire.LocalTransports.send;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.net.PeerChannel;
import io.vledger.raft.MemberStart;
import io.vledger.testkit.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The transport of members whose group is not open, over real sockets on loopback. */
class GroupTransportTest extends TransportFixture {
    @Test
    void aHelloBeforeTheGroupIsOpenIsAnsweredThatItIsNotOpen() throws Exception {
        start("n0");
        try (Socket socket = connect("n0")) {
            Hello hello = new Hello("g", "n1", "n0", new MemberStart(1, 1, 1, 0, 0), 7, "127.0.0.1:1", "", "", peers);
            send(socket, PeerCodec.encode(hello, UnpooledByteBufAllocator.DEFAULT));
            assertThat(PeerCodec.isNotOpen(receive(socket))).isTrue();
            assertThat(socket.getInputStream().read()).as("closed").isEqualTo(-1);
        }
    }

    @Test
    void aMemberWhoseGroupIsNotOpenSaysThatItMadeNoConnection() throws Exception {
        start("n0");
        try (Socket socket = connect("n0")) {
            AddressQuestion question = new AddressQuestion("g", "n1", "n0", 7);
            send(socket, PeerCodec.encode(question, UnpooledByteBufAllocator.DEFAULT));
            assertThat(PeerCodec.decodeAddressAnswer(receive(socket))).isFalse();
        }
    }

    @Test
    void whoAsksWhileNobodyAnswersIsDisconnectedAndCanAskLater() throws Exception {
        PeerChannel asked = start("n0");
        PeerChannel asking = start("n1");
        assertThatThrownBy(() -> answer(ask(asking, "early")))
                .isInstanceOf(IOException.class)
                .hasMessage("n0 (" + peers.get("n0") + ") closed the connection");
        PeerChannel.Registration first = asked.serve(request -> Future.succeededFuture(Buffer.buffer("first")));
        assertThat(answer(ask(asking, "a"))).isEqualTo("first");
        asked.serve(request -> Future.succeededFuture(Buffer.buffer("second")));
        first.cancel();
        assertThat(answer(ask(asking, "b")))
                .as("the first one that is taken away does not take the second with it")
                .isEqualTo("second");
    }

    @Test
    void aPortThatIsTakenIsNamedWithTheRemedy() throws Exception {
        String own = peers.get("n0");
        int port = Integer.parseInt(
                requireNonNull(own).substring(requireNonNull(own).indexOf(':') + 1));
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(taken.getLocalPort()).isEqualTo(port);
            assertThatThrownBy(() -> start("n0"))
                    .hasMessageContaining("group g: cannot listen for other members on 127.0.0.1 port " + port)
                    .hasMessageContaining("stop what uses the port, or set groups[].raft.bindHost");
        }
    }

    @Test
    void framesThatNobodySendsCostTheirConnectionOnly() throws Exception {
        PeerChannel asked = start("n0");
        asked.serve(Future::succeededFuture);
        List<ByteBuf> frames = List.of(
                Unpooled.buffer().writeInt(Integer.MAX_VALUE).writeByte(9),
                Unpooled.buffer().writeInt(-1).writeByte(9),
                Unpooled.buffer().writeInt(0),
                Unpooled.buffer().writeInt(PeerCodec.MAX_FIRST_FRAME_BYTES + 1).writeByte(1),
                Unpooled.buffer().writeInt(1).writeByte(4),
                Unpooled.buffer().writeInt(1).writeByte(10),
                Unpooled.buffer().writeInt(1).writeByte(16),
                Unpooled.buffer().writeInt(1).writeByte(17),
                Unpooled.buffer().writeInt(1).writeByte(127),
                Unpooled.buffer()
                        .writeInt(PeerChannel.MAX_REQUEST_BYTES + 2)
                        .writeByte(9)
                        .writeZero(PeerChannel.MAX_REQUEST_BYTES + 1));
        for (ByteBuf frame : frames) {
            try (Socket socket = connect("n0")) {
                String what = frame.toString(
                        0, Math.min(5, frame.readableBytes()), java.nio.charset.StandardCharsets.ISO_8859_1);
                send(socket, frame);
                assertThat(socket.getInputStream().read()).as(what).isEqualTo(-1);
            }
        }
        assertThat(answer(ask(start("n1"), "still there"))).isEqualTo("still there");
    }

    @Test
    void aConnectionThatSaysNothingIsClosedSoon() throws Exception {
        members.electionMs(200);
        start("n0");
        try (Socket socket = connect("n0")) {
            long begun = System.nanoTime();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun)).isLessThan(TIMEOUT_MS);
        }
    }

    @Test
    void strangersThatSayNothingAreBoundedAndMembersGetThrough() throws Exception {
        PeerChannel asked = start("n0");
        asked.serve(Future::succeededFuture);
        List<Socket> strangers = new ArrayList<>();
        int excess = 20;
        try (Socket elsewhere = members.connect("n0", "127.0.0.2")) {
            for (int i = 0; i < UnidentifiedConnections.MAX_OF_ADDRESS + excess; i++) {
                strangers.add(connect("n0"));
            }
            for (Socket oldest : strangers.subList(0, excess)) {
                assertThat(oldest.getInputStream().read()).as("closed").isEqualTo(-1);
            }
            assertThat(answer(ask(start("n1"), "a member"))).isEqualTo("a member");
            assertThat(members.transport("n0").unidentified().count())
                    .isEqualTo(UnidentifiedConnections.MAX_OF_ADDRESS + 1);
            send(elsewhere, request("another address is not concerned"));
            assertThat(ChannelType.ORIGIN.decodeResponse(receive(elsewhere)).toString())
                    .isEqualTo("another address is not concerned");
            send(strangers.get(strangers.size() - 1), request("the newest is served"));
            assertThat(ChannelType.ORIGIN
                            .decodeResponse(receive(strangers.get(strangers.size() - 1)))
                            .toString())
                    .isEqualTo("the newest is served");
        } finally {
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
        Eventually.await(
                "closed connections do not count",
                () -> members.transport("n0").unidentified().count() == 1);
    }

    @Test
    void aTransportThatIsClosedFreesItsPort() throws Exception {
        start("n0");
        GroupTransport transport = members.transport("n0");
        transport.close().await(20, TimeUnit.SECONDS);
        start("n0");
        assertThat(members.transport("n0")).isNotSameAs(transport);
    }
}
