package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.ClientFailure;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.testkit.Certificates;
import io.vledger.testkit.Certificates.CertificateFiles;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A group whose ports speak nothing but TLS, and clients that verify its certificates. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsIT {
    private final Path directory = WorkDirectory.of(TlsIT.class);
    private final Topics topics = new Topics();
    private final VledgerCluster cluster = VledgerCluster.ofThree(directory);
    private final Certificates authority = new Certificates(directory, "authority");
    private ClientPool clients;

    @BeforeAll
    void start() {
        for (VledgerNode node : cluster.nodes()) {
            node.tls(authority, new JsonObject().put("mode", "enforcing"));
        }
        cluster.startAll();
        cluster.awaitReady();
        clients = verifying(cluster.nameServer(), authority.authority());
    }

    @AfterAll
    void stop() {
        clients.close();
        cluster.close();
    }

    private ClientPool verifying(String nameServer, Path trusted) {
        return new ClientPool(
                nameServer,
                directory,
                "-Dtls.enable=true",
                "-Dtls.test.mode.enable=false",
                "-Dtls.client.authServer=true",
                "-Dtls.client.trustCertPath=" + trusted);
    }

    @ParameterizedTest
    @EnumSource
    void clientsSendAndReceiveOverTls(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = topics.next("tls");
        client.createTopic(topic, 4);
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic);
        client.send("topic", topic, "body", "m", "count", 40);
        client.awaitBodies(topic, 40);
    }

    @Test
    void mqadminWorksOverTls() {
        ClientProcess client = clients.of(ClientRelease.V5);
        assertThat(client.mqadmin("clusterList")).contains("broker-a");
        assertThat(client.mqadmin("topicStatus -t SELF_TEST_TOPIC")).contains("broker-a");
    }

    @Test
    void aCertificateOfAnotherAuthorityOrOutdatedIsNotBelievedAndWhoSpeaksNoTlsIsNotServed() {
        Path stranger = new Certificates(directory, "stranger").authority();
        VledgerCluster outdated = VledgerCluster.ofOne(directory.resolve("outdated"));
        CertificateFiles expired = authority.expired("expired");
        outdated.nodes()
                .get(0)
                .nodeSection(
                        "tls",
                        new JsonObject()
                                .put("mode", "enforcing")
                                .put("certificate", expired.certificate().toString())
                                .put("key", expired.key().toString()));
        try (outdated;
                ClientPool wrong = verifying(cluster.nameServer(), stranger);
                ClientPool late = verifying(outdated.nameServer(), authority.authority());
                ClientPool plain = new ClientPool(cluster.nameServer(), directory)) {
            outdated.startAll();
            outdated.awaitReady();
            assertThatThrownBy(() -> late.of(ClientRelease.V5).send("topic", "late", "body", "m", "count", 1))
                    .isInstanceOf(ClientFailure.class);
            assertThatThrownBy(() -> wrong.of(ClientRelease.V5).send("topic", "wrong", "body", "m", "count", 1))
                    .isInstanceOf(ClientFailure.class);
            assertThatThrownBy(() -> plain.of(ClientRelease.V4).send("topic", "plain", "body", "m", "count", 1))
                    .isInstanceOf(ClientFailure.class);
        }
        assertThat(clients.of(ClientRelease.V5).mqadmin("topicList")).doesNotContain("wrong", "plain");
    }
}
