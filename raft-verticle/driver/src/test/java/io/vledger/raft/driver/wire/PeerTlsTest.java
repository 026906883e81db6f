package io.vledger.raft.driver.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.plugin.GroupConfig.PeerSecurity;
import io.vledger.api.plugin.GroupConfig.PeerSecurity.Mode;
import io.vledger.api.tls.TlsSettings;
import io.vledger.testkit.Certificates;
import io.vledger.testkit.Certificates.CertificateFiles;
import io.vledger.testkit.Eventually;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS between members, over real sockets on loopback, where only node ids distinguish them. */
@Timeout(60)
class PeerTlsTest {
    private static final PeerSecurity REQUIRED = new PeerSecurity(Mode.OFF, "", Mode.REQUIRED);
    private static final PeerSecurity PERMISSIVE = new PeerSecurity(Mode.OFF, "", Mode.PERMISSIVE);

    @TempDir
    static Path directory;

    private static Certificates authority;
    private static Certificates stranger;

    private final LocalTransports members = new LocalTransports();

    @BeforeAll
    static void makeCertificates() {
        authority = new Certificates(directory, "authority");
        stranger = new Certificates(directory, "stranger");
    }

    @AfterEach
    void close() throws Exception {
        members.close();
    }

    private static TlsSettings tls(CertificateFiles files) {
        return trusting(files, authority.authority());
    }

    private static TlsSettings trusting(CertificateFiles files, Path trust) {
        return TlsSettings.of(new JsonObject()
                .put("mode", "enforcing")
                .put("clientAuth", "require")
                .put("members", true)
                .put("certificate", files.certificate().toString())
                .put("key", files.key().toString())
                .put("trust", trust.toString()));
    }

    private static TlsSettings named(String name) {
        return tls(authority.valid(name));
    }

    private PeerChannel serve(PeerSecurity security, TlsSettings tls) throws Exception {
        PeerChannel channel = members.start("n0", security, tls);
        channel.serve(request -> Future.succeededFuture(Buffer.buffer("served")));
        return channel;
    }

    private static String ask(PeerChannel asking) throws Exception {
        return asking.request("n0", Buffer.buffer("a"), 5_000)
                .await(20, TimeUnit.SECONDS)
                .toString();
    }

    @Test
    void membersThatShowEachOtherTheirCertificatesTalk() throws Exception {
        serve(REQUIRED, named("n0"));
        assertThat(ask(members.start("n1", REQUIRED, named("n1")))).isEqualTo("served");
    }

    @Test
    void aCertificateThatNamesNoMemberOrIsOfSomebodyElsesAuthorityOrOutdatedIsNotBelieved() throws Exception {
        serve(REQUIRED, named("n0"));
        for (TlsSettings wrong : new TlsSettings[] {
            named("client-of-the-same-authority"), tls(stranger.valid("n1")), tls(authority.expired("n1"))
        }) {
            PeerChannel asking = members.start("n1", REQUIRED, wrong);
            assertThatThrownBy(() -> ask(asking)).isInstanceOf(Exception.class);
            members.closeTransport("n1");
        }
        assertThat(ask(members.start("n1", REQUIRED, named("n1")))).isEqualTo("served");
    }

    @Test
    void aMemberIsNotBelievedToBeAnotherOne() throws Exception {
        // What answers at n0's address shows the certificate of n2.
        serve(REQUIRED, named("n2"));
        PeerChannel asking = members.start("n1", REQUIRED, named("n1"));
        assertThatThrownBy(() -> ask(asking)).hasMessageContaining("its certificate does not name node n0");
    }

    @Test
    void whoDoesNotUseTlsIsClosedWhereItIsRequired() throws Exception {
        serve(REQUIRED, named("n0"));
        PeerChannel plain = members.start("n1", PeerSecurity.NONE, TlsSettings.NONE);
        assertThatThrownBy(() -> ask(plain)).isInstanceOf(Exception.class);
        try (Socket socket = members.connect("n0")) {
            socket.getOutputStream().write(new byte[] {0, 0, 0, 1, 7});
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aGroupIsChangedOverInTwoRoundsAndEveryPairTalksInEachState() throws Exception {
        PeerSecurity[] states = {PeerSecurity.NONE, PERMISSIVE, REQUIRED};
        for (int asked = 0; asked < states.length; asked++) {
            serve(states[asked], asked == 0 ? TlsSettings.NONE : named("n0"));
            for (int asking = Math.max(0, asked - 1); asking <= Math.min(asked + 1, 2); asking++) {
                PeerChannel channel = members.start("n1", states[asking], asking == 0 ? TlsSettings.NONE : named("n1"));
                String pair = "asked " + asked + ", asking " + asking;
                Eventually.await(pair, () -> {
                    try {
                        // The first connection to a member that does not know TLS fails, the next is without.
                        return ask(channel).equals("served");
                    } catch (Exception again) {
                        return false;
                    }
                });
                members.closeTransport("n1");
            }
            members.closeTransport("n0");
        }
    }

    @Test
    void secretAndCertificateAreBothAskedForWhereBothAreConfigured() throws Exception {
        Path secret = java.nio.file.Files.createTempFile(
                directory,
                "secret",
                "",
                java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
                        java.nio.file.attribute.PosixFilePermissions.fromString("rw-------")));
        java.nio.file.Files.writeString(secret, "a secret that all of the members share");
        PeerSecurity both = new PeerSecurity(Mode.REQUIRED, secret.toString(), Mode.REQUIRED);
        serve(both, named("n0"));
        PeerChannel certificateAlone = members.start("n1", REQUIRED, named("n1"));
        assertThatThrownBy(() -> ask(certificateAlone)).isInstanceOf(Exception.class);
        members.closeTransport("n1");
        assertThat(ask(members.start("n1", both, named("n1")))).isEqualTo("served");
    }

    /** Both authorities are trusted first, then certificates of the new one are shown, then the old one is trusted no more. */
    @Test
    void anAuthorityIsReplacedWhileEachMemberTrustsBoth() throws Exception {
        Path old = authority.authority();
        Path next = stranger.authority();
        Path both = directory.resolve("both.pem");
        java.nio.file.Files.writeString(
                both, java.nio.file.Files.readString(old) + java.nio.file.Files.readString(next));
        List<Function<String, TlsSettings>> rounds = List.of(
                name -> trusting(authority.valid(name), old),
                name -> trusting(authority.valid(name), both),
                name -> trusting(stranger.valid(name), both),
                name -> trusting(stranger.valid(name), next));
        for (int asked = 0; asked < rounds.size(); asked++) {
            serve(REQUIRED, rounds.get(asked).apply("n0"));
            for (int asking = Math.max(0, asked - 1); asking < Math.min(asked + 2, rounds.size()); asking++) {
                assertThat(ask(members.start("n1", REQUIRED, rounds.get(asking).apply("n1"))))
                        .as("asked in round " + asked + ", asking in round " + asking)
                        .isEqualTo("served");
                members.closeTransport("n1");
            }
            members.closeTransport("n0");
        }
        serve(REQUIRED, rounds.get(3).apply("n0"));
        PeerChannel outdated = members.start("n1", REQUIRED, rounds.get(0).apply("n1"));
        assertThatThrownBy(() -> ask(outdated)).isInstanceOf(Exception.class);
    }
}
