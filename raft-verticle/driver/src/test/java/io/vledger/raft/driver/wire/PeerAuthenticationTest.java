package io.vledger.raft.driver.wire;

import static io.vledger.raft.driver.wire.LocalTransports.receive;
import static io.vledger.raft.driver.wire.LocalTransports.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.net.SharedSecrets;
import io.vledger.api.plugin.GroupConfig.PeerSecurity;
import io.vledger.api.plugin.GroupConfig.PeerSecurity.Mode;
import io.vledger.raft.MemberStart;
import io.vledger.raft.driver.wire.AuthenticationFrames.Challenge;
import io.vledger.raft.driver.wire.AuthenticationFrames.Claim;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What members, and strangers, can do at a Raft port that asks for a secret; over real sockets on loopback. */
class PeerAuthenticationTest {
    private static final String SECRET = "the first secret that all of them share";
    private static final String NEXT = "the other secret that will replace it";
    private static final UnpooledByteBufAllocator HEAP = UnpooledByteBufAllocator.DEFAULT;
    private static final byte[] NONCE = new byte[PeerProof.NONCE_BYTES];

    private final LocalTransports members = new LocalTransports();

    @TempDir
    Path directory;

    @AfterEach
    void close() throws Exception {
        members.close();
    }

    private PeerSecurity security(Mode mode, String... secrets) throws IOException {
        Path file = Files.createTempFile(
                directory,
                "secret",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return new PeerSecurity(mode, Files.write(file, List.of(secrets)).toString());
    }

    private static String ask(PeerChannel asking) throws Exception {
        return asking.request("n0", Buffer.buffer("a"), 10_000)
                .await(20, TimeUnit.SECONDS)
                .toString();
    }

    private PeerChannel serve(PeerSecurity security) throws Exception {
        PeerChannel channel = members.start("n0", security);
        channel.serve(request -> Future.succeededFuture(Buffer.buffer("served")));
        return channel;
    }

    private static ByteBuf hello(String from, LocalTransports members) {
        return PeerCodec.encode(
                new Hello("g", from, "n0", new MemberStart(1, 1, 1, 0, 0), 7, "127.0.0.1:1", "", "", members.peers()),
                HEAP);
    }

    /** Claims to be a member and proves it by a secret, as a member does. */
    private static void authenticate(Socket socket, String from, String secret) throws Exception {
        send(socket, AuthenticationFrames.encode(new Claim("g", from, "n0", NONCE), HEAP));
        Challenge challenge = AuthenticationFrames.decodeChallenge(receive(socket));
        PeerProof proof = new PeerProof("g", from, "n0", NONCE, challenge.nonce());
        send(socket, AuthenticationFrames.encodeProof(proof.by(PeerProof.Side.DIALLER, bytes(secret)), HEAP));
    }

    private static byte[] bytes(String secret) {
        return new SharedSecrets(List.of(secret)).all().get(0);
    }

    private static void assertClosed(Socket socket) throws IOException {
        try {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
    }

    @Test
    void membersThatShareASecretTalkToEachOther() throws Exception {
        serve(security(Mode.REQUIRED, SECRET));
        assertThat(ask(members.start("n1", security(Mode.REQUIRED, SECRET)))).isEqualTo("served");
        try (Socket socket = members.connect("n0")) {
            authenticate(socket, "n1", SECRET);
            send(socket, hello("n1", members));
            assertThat(PeerCodec.isNotOpen(receive(socket))).isTrue();
        }
    }

    @Test
    void aSecretIsReplacedWhileEachMemberHasOneOrBoth() throws Exception {
        serve(security(Mode.REQUIRED, SECRET, NEXT));
        assertThat(ask(members.start("n1", security(Mode.REQUIRED, SECRET)))).isEqualTo("served");
        assertThat(ask(members.start("n2", security(Mode.REQUIRED, NEXT, SECRET))))
                .isEqualTo("served");
    }

    @Test
    void aFileThatChangesIsReadAgainAndOneThatBreaksIsNot() throws Exception {
        PeerSecurity changing = security(Mode.REQUIRED, SECRET);
        serve(changing);
        Path file = Path.of(changing.secretFile());
        Files.write(file, List.of(NEXT));
        members.transport("n0").readSecretsAgain(file).await(20, TimeUnit.SECONDS);
        assertThat(ask(members.start("n1", security(Mode.REQUIRED, NEXT)))).isEqualTo("served");
        Files.write(file, List.of("too short"));
        members.transport("n0").readSecretsAgain(file).otherwiseEmpty().await(20, TimeUnit.SECONDS);
        assertThat(ask(members.start("n2", security(Mode.REQUIRED, NEXT)))).isEqualTo("served");
    }

    @Test
    void aRunningGroupIsChangedOverStepByStep() throws Exception {
        // One member has been restarted with the secret; the others have none yet.
        serve(security(Mode.PERMISSIVE, SECRET));
        assertThat(ask(members.start("n1"))).isEqualTo("served");
        assertThat(ask(members.start("n2", security(Mode.PERMISSIVE, SECRET)))).isEqualTo("served");
        members.transport("n0").close().await(20, TimeUnit.SECONDS);
        // The other way round: it asks one who has none.
        serve(PeerSecurity.NONE);
        members.transport("n1").close().await(20, TimeUnit.SECONDS);
        assertThat(ask(members.start("n1", security(Mode.PERMISSIVE, SECRET)))).isEqualTo("served");
    }

    @Test
    void whoHasNoSecretOrAnotherOneIsNeitherServedNorAsked() throws Exception {
        serve(security(Mode.REQUIRED, SECRET));
        assertThatThrownBy(() -> ask(members.start("n1")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("closed the connection");
        assertThatThrownBy(() -> ask(members.start("n2", security(Mode.REQUIRED, NEXT))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("it has another secret of the group than this node");
        members.transport("n0").close().await(20, TimeUnit.SECONDS);
        serve(PeerSecurity.NONE);
        members.transport("n1").close().await(20, TimeUnit.SECONDS);
        assertThatThrownBy(() -> ask(members.start("n1", security(Mode.REQUIRED, SECRET))))
                .hasMessageContaining("it has no secret of the group");
    }

    @Test
    void aStrangersFirstFrameIsNotActedOn() throws Exception {
        serve(security(Mode.REQUIRED, SECRET));
        List<ByteBuf> frames = List.of(
                hello("n1", members),
                PeerCodec.encode(new AddressQuestion("g", "n1", "n0", 7), HEAP),
                ChannelType.ORIGIN.request(Buffer.buffer("a"), HEAP),
                AuthenticationFrames.encodeProof(NONCE, HEAP),
                AuthenticationFrames.encode(new Challenge(NONCE, List.of()), HEAP),
                AuthenticationFrames.encode(new Claim("other", "n1", "n0", NONCE), HEAP),
                AuthenticationFrames.encode(new Claim("g", "n1", "n2", NONCE), HEAP),
                Unpooled.buffer().writeInt(AuthenticationFrames.MAX_BYTES + 1).writeByte(1));
        for (ByteBuf frame : frames) {
            try (Socket socket = members.connect("n0")) {
                send(socket, frame);
                assertClosed(socket);
            }
        }
    }

    @Test
    void aProofIsOfNoUseToWhoDoesNotKnowTheSecret() throws Exception {
        serve(security(Mode.REQUIRED, SECRET));
        byte[] recorded;
        try (Socket socket = members.connect("n0")) {
            // What a member sent once.
            send(socket, AuthenticationFrames.encode(new Claim("g", "n1", "n0", NONCE), HEAP));
            Challenge challenge = AuthenticationFrames.decodeChallenge(receive(socket));
            recorded =
                    new PeerProof("g", "n1", "n0", NONCE, challenge.nonce()).by(PeerProof.Side.DIALLER, bytes(SECRET));
        }
        try (Socket replaying = members.connect("n0")) {
            send(replaying, AuthenticationFrames.encode(new Claim("g", "n1", "n0", NONCE), HEAP));
            receive(replaying);
            send(replaying, AuthenticationFrames.encodeProof(recorded, HEAP));
            assertClosed(replaying);
        }
        try (Socket reflecting = members.connect("n0")) {
            send(reflecting, AuthenticationFrames.encode(new Claim("g", "n1", "n0", NONCE), HEAP));
            Challenge challenge = AuthenticationFrames.decodeChallenge(receive(reflecting));
            send(reflecting, AuthenticationFrames.encodeProof(challenge.proofs().get(0), HEAP));
            assertClosed(reflecting);
        }
    }

    @Test
    void whoGuessesTheSecretWaitsAndAMemberAtTheSameAddressDoesNot() throws Exception {
        serve(security(Mode.REQUIRED, SECRET));
        int guesses = 25;
        long began = System.nanoTime();
        for (int i = 0; i < guesses; i++) {
            try (Socket guessing = members.connect("n0")) {
                authenticate(guessing, "n1", SECRET + i);
                assertClosed(guessing);
            }
        }
        // Twenty are answered at once, and then four a second.
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(900));
        try (Socket waiting = members.connect("n0")) {
            authenticate(waiting, "n1", NEXT);
            assertThat(ask(members.start("n1", security(Mode.REQUIRED, SECRET))))
                    .isEqualTo("served");
            assertClosed(waiting);
        }
    }

    @Test
    void aMemberSpeaksForItselfOnly() throws Exception {
        serve(security(Mode.REQUIRED, SECRET));
        try (Socket socket = members.connect("n0")) {
            authenticate(socket, "n1", SECRET);
            send(socket, PeerCodec.encode(new AddressQuestion("g", "n2", "n0", 7), HEAP));
            assertClosed(socket);
        }
        try (Socket socket = members.connect("n0")) {
            authenticate(socket, "n1", SECRET);
            send(socket, hello("n2", members));
            assertClosed(socket);
        }
        try (Socket socket = members.connect("n0")) {
            authenticate(socket, "n1", SECRET);
            send(socket, AuthenticationFrames.encode(new Claim("g", "n2", "n0", NONCE), HEAP));
            assertClosed(socket);
        }
    }

    @Test
    void aSecretThatCannotBeKeptStopsTheStart() throws Exception {
        Path absent = directory.resolve("absent");
        assertThatThrownBy(() -> members.start("n0", new PeerSecurity(Mode.REQUIRED, absent.toString())))
                .hasMessageContaining("group g: the secret of the members, " + absent + ", is not there");
        PeerSecurity open = security(Mode.REQUIRED, SECRET);
        Files.setPosixFilePermissions(Path.of(open.secretFile()), PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> members.start("n0", open)).hasMessageContaining("chmod 600");
        assertThatThrownBy(() -> members.start("n0", security(Mode.REQUIRED, "short")))
                .hasMessageContaining("is shorter than 32")
                .hasMessageNotContaining("short\n");
        assertThatThrownBy(() -> members.start("n0", security(Mode.REQUIRED, SECRET, NEXT, SECRET)))
                .hasMessageContaining("has 3 lines");
    }
}
