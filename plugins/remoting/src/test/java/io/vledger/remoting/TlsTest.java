package io.vledger.remoting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.tls.TlsContexts;
import io.vledger.api.tls.TlsSettings;
import io.vledger.remoting.connection.Limits;
import io.vledger.remoting.connection.RemotingRpc;
import io.vledger.testkit.Certificates;
import io.vledger.testkit.Certificates.CertificateFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS on the port of the remoting protocol, over real sockets. */
@Timeout(60)
class TlsTest {
    private static final int CODE = 5;

    @TempDir
    static Path directory;

    private static CertificateFiles own;
    private static CertificateFiles other;
    private static CertificateFiles expired;
    /** The authority of {@link #own} and {@link #expired}. */
    private static Path trusted;
    /** The authority of {@link #other}. */
    private static Path otherTrusted;

    private final Vertx vertx = Vertx.vertx();
    private final List<RemotingRpc> started = new ArrayList<>();
    private final List<Socket> sockets = new ArrayList<>();

    @BeforeAll
    static void makeCertificates() {
        Certificates authority = new Certificates(directory, "authority");
        Certificates stranger = new Certificates(directory, "stranger");
        own = authority.valid("own");
        expired = authority.expired("expired");
        trusted = authority.authority();
        other = stranger.valid("other");
        otherTrusted = stranger.authority();
    }

    @AfterEach
    void close() throws Exception {
        for (RemotingRpc rpc : started) {
            rpc.close().await(20, TimeUnit.SECONDS);
        }
        for (Socket socket : sockets) {
            socket.close();
        }
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    private static JsonObject pem(CertificateFiles files) {
        return new JsonObject()
                .put("certificate", files.certificate().toString())
                .put("key", files.key().toString());
    }

    private TlsContexts contexts(JsonObject section) throws Exception {
        TlsContexts contexts = new TlsContexts(vertx, TlsSettings.of(section));
        contexts.load().await(20, TimeUnit.SECONDS);
        return contexts;
    }

    private RemotingRpc rpc(TlsContexts contexts) {
        RemotingRpc rpc = new RemotingRpc(vertx, Limits.STANDARD, contexts, HandlerTable::new);
        started.add(rpc);
        return rpc;
    }

    /** Serves, and says at which port. */
    private int serve(TlsContexts contexts) throws Exception {
        Handlers handlers = new HandlerTable();
        handlers.register(CODE, request -> request.reply(0, "served"));
        return onLoop(context -> rpc(contexts).listen("127.0.0.1", 0, handlers).map(server -> server.port()))
                .await(20, TimeUnit.SECONDS);
    }

    private <T> Future<T> onLoop(Function<Context, Future<T>> task) {
        Promise<T> done = Promise.promise();
        Context context = vertx.getOrCreateContext();
        context.runOnContext(none -> task.apply(context).onComplete(done));
        return done.future();
    }

    /** What a client with this TLS is answered. */
    private String call(TlsContexts contexts, int port) throws Exception {
        RemotingRpc rpc = rpc(contexts);
        RpcClient.RpcAnswer answer = onLoop(
                        context -> rpc.memberClient("127.0.0.1:" + port).call(CODE, FieldWriter.NONE, null, 3_000))
                .await(20, TimeUnit.SECONDS);
        return String.valueOf(answer.remark());
    }

    private TlsContexts plain() throws Exception {
        return contexts(new JsonObject());
    }

    private TlsContexts client(Path authority) throws Exception {
        return contexts(new JsonObject().put("members", true).put("trust", authority.toString()));
    }

    @Test
    void aPermissivePortServesBoth() throws Exception {
        int port = serve(contexts(pem(own)));
        assertThat(call(client(trusted), port)).isEqualTo("served");
        assertThat(call(plain(), port)).isEqualTo("served");
    }

    @Test
    void anEnforcingPortServesNobodyWithoutTls() throws Exception {
        int port = serve(contexts(pem(own).put("mode", "enforcing")));
        assertThat(call(client(trusted), port)).isEqualTo("served");
        assertThatThrownBy(() -> call(plain(), port)).isInstanceOf(IOException.class);
    }

    @Test
    void aPortWithoutTlsClosesAConnectionThatBeginsWithIt() throws Exception {
        int port = serve(plain());
        assertThatThrownBy(() -> call(client(trusted), port)).isInstanceOf(IOException.class);
        assertThat(call(plain(), port)).isEqualTo("served");
    }

    @Test
    void aWrongOrExpiredCertificateIsNotBelieved() throws Exception {
        int port = serve(contexts(pem(own)));
        assertThatThrownBy(() -> call(client(otherTrusted), port)).isInstanceOf(IOException.class);
        int outdated = serve(contexts(pem(expired)));
        assertThatThrownBy(() -> call(client(trusted), outdated)).isInstanceOf(IOException.class);
    }

    @Test
    void aPortThatRequiresCertificatesServesThoseThatAreTrustedOnly() throws Exception {
        int port = serve(contexts(
                pem(own).put("mode", "enforcing").put("clientAuth", "require").put("trust", otherTrusted.toString())));
        TlsContexts known =
                contexts(pem(other).put("mode", "disabled").put("members", true).put("trust", trusted.toString()));
        assertThat(call(known, port)).isEqualTo("served");
        assertThatThrownBy(() -> call(client(trusted), port)).isInstanceOf(IOException.class);
        TlsContexts unknown =
                contexts(pem(own).put("mode", "disabled").put("members", true).put("trust", trusted.toString()));
        assertThatThrownBy(() -> call(unknown, port)).isInstanceOf(IOException.class);
    }

    @Test
    void aPkcs12FileHoldsCertificateAndKey() throws Exception {
        int port = serve(contexts(
                new JsonObject().put("certificate", own.store().toString()).put("keyPassword", Certificates.PASSWORD)));
        assertThat(call(client(trusted), port)).isEqualTo("served");
    }

    @Test
    void filesThatChangeAreUsedForNewConnectionsAndBrokenOnesAreNot() throws Exception {
        Path certificate = Files.copy(own.certificate(), directory.resolve("changing.pem"));
        Path key = Files.copy(own.key(), directory.resolve("changing.key"));
        TlsContexts changing = contexts(
                new JsonObject().put("certificate", certificate.toString()).put("key", key.toString()));
        int port = serve(changing);
        assertThat(call(client(trusted), port)).isEqualTo("served");
        Files.copy(other.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(other.key(), key, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(key, FileTime.fromMillis(1));
        assertThat(changing.reload().await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(call(client(otherTrusted), port)).isEqualTo("served");
        assertThatThrownBy(() -> call(client(trusted), port)).isInstanceOf(IOException.class);
        Files.writeString(certificate, "not a certificate");
        Files.setLastModifiedTime(key, FileTime.fromMillis(2));
        assertThat(changing.reload().await(20, TimeUnit.SECONDS)).isFalse();
        assertThat(call(client(otherTrusted), port)).isEqualTo("served");
    }

    @Test
    void aStrangerWhoHoldsBackTheFirstByteOrSendsNoHandshakeDisturbsNobody() throws Exception {
        int port = serve(contexts(pem(own).put("mode", "enforcing")));
        Socket silent = connect(port);
        Socket garbage = connect(port);
        garbage.setSoTimeout(20_000);
        byte[] bytes = new byte[4096];
        bytes[0] = 0x16;
        garbage.getOutputStream().write(bytes);
        assertThat(call(client(trusted), port)).isEqualTo("served");
        while (garbage.getInputStream().read() >= 0) {
            // An alert may come before the end.
        }
        assertThat(silent.isClosed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void bothVersionsOfTlsAreServed(String version) throws Exception {
        int port = serve(contexts(pem(own).put("mode", "enforcing")));
        try (SSLSocket socket = handshake(port, version)) {
            assertThat(socket.getSession().getProtocol()).isEqualTo(version);
        }
    }

    private SSLSocket handshake(int port, String version) throws Exception {
        KeyStore known = KeyStore.getInstance(KeyStore.getDefaultType());
        known.load(null, null);
        try (InputStream in = Files.newInputStream(trusted)) {
            known.setCertificateEntry(
                    "authority", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(known);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        sockets.add(socket);
        socket.setEnabledProtocols(new String[] {version});
        socket.startHandshake();
        return socket;
    }

    /** A plain connection, which stays until the server has ended. */
    private Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        sockets.add(socket);
        return socket;
    }

    @Test
    void whatCannotBeHonouredStopsTheStart() throws Exception {
        assertThatThrownBy(() -> contexts(new JsonObject().put("mode", "enforcing")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tls.mode = enforcing needs tls.certificate");
        assertThatThrownBy(() -> contexts(
                        new JsonObject().put("certificate", own.certificate().toString())))
                .hasMessageContaining("needs tls.key");
        assertThatThrownBy(() -> contexts(pem(own).put("clientAuth", "require")))
                .hasMessageContaining("needs tls.trust");
        assertThatThrownBy(() -> contexts(pem(own).put("cypher", "x"))).hasMessageContaining("unknown key tls.cypher");
        assertThatThrownBy(() -> contexts(pem(own).put("mode", "sometimes")))
                .hasMessageContaining("tls.mode = sometimes");
        Path absent = directory.resolve("absent.pem");
        assertThatThrownBy(() -> contexts(pem(own).put("certificate", absent.toString())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("tls.certificate = " + absent);
        assertThatThrownBy(
                        () -> contexts(pem(own).put("key", other.certificate().toString())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot be used");
    }
}
