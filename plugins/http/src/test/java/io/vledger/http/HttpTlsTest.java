package io.vledger.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import io.vledger.testkit.Certificates;
import io.vledger.testkit.Certificates.CertificateFiles;
import io.vledger.testkit.FreePorts;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTP with TLS, asked by a client that verifies address and authority. */
class HttpTlsTest {
    @TempDir
    Path directory;

    private FakeNode node;
    private Certificates authority;

    @BeforeEach
    void start() throws Exception {
        node = new FakeNode(directory);
        authority = new Certificates(directory, "authority");
    }

    @AfterEach
    void stop() throws Exception {
        node.close();
    }

    private static HttpClient client(Path trust) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(trust)) {
            store.setCertificateEntry(
                    "a", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private int ask(HttpClient client) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + node.port + "/openapi.json"))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void pemAndPkcs12ServeWhoVerifiesTheNodeAndNobodyWithoutTls() throws Exception {
        CertificateFiles files = authority.valid("n0");
        node.config()
                .put(
                        "tls",
                        new JsonObject()
                                .put("certificate", files.certificate().toString())
                                .put("key", files.key().toString()));
        node.deploy();
        assertThat(ask(client(authority.authority()))).isEqualTo(200);
        assertThatThrownBy(() -> node.get("/health/live")).isInstanceOf(IOException.class);
        Path stranger = new Certificates(directory, "stranger").authority();
        assertThatThrownBy(() -> ask(client(stranger))).isInstanceOf(IOException.class);
        node.port = FreePorts.next();
        node.config()
                .put(
                        "tls",
                        new JsonObject()
                                .put("certificate", files.store().toString())
                                .put("keyPassword", Certificates.PASSWORD));
        node.deploy();
        assertThat(ask(client(authority.authority()))).isEqualTo(200);
    }

    @Test
    void aKeyThatCannotBeHonouredStopsTheStart() {
        CertificateFiles files = authority.valid("n1");
        node.config()
                .put(
                        "tls",
                        new JsonObject()
                                .put("certificate", files.certificate().toString())
                                .put("key", files.key().toString())
                                .put("keyPassword", "x"));
        assertThatThrownBy(node::deploy).hasMessageContaining("http.tls with tls.keyPassword");
        node.config()
                .put(
                        "tls",
                        new JsonObject()
                                .put(
                                        "certificate",
                                        directory.resolve("absent.pem").toString())
                                .put("key", files.key().toString()));
        assertThatThrownBy(node::deploy).hasMessageContaining("absent.pem");
    }
}
