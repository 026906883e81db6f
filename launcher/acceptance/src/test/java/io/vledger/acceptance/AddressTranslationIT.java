package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.TcpProxy;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A group whose members and clients know addresses that no node can bind: 127.0.0.2 with the ports of the nodes, which forwarders
 * hold and hand on to 127.0.0.1, as a published port of a container or address translation does.
 */
class AddressTranslationIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String PUBLISHED = "127.0.0.2";

    private final Path directory = WorkDirectory.of(AddressTranslationIT.class);
    private final List<TcpProxy> forwarders = new ArrayList<>();

    @AfterEach
    void close() {
        forwarders.forEach(TcpProxy::close);
    }

    @Test
    void membersClientsAndTheNameServiceAreReachedByAddressesThatNoNodeBinds() throws IOException {
        try (VledgerCluster cluster = VledgerCluster.ofThree(directory)) {
            String names = published(cluster.nameServer());
            forward(names);
            for (VledgerNode node : cluster.nodes()) {
                translate(node, names);
            }
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, names, directory)) {
                client.createTopic("published", 4);
                assertThat(client.send("topic", "published", "body", "through").toString())
                        .contains("SEND_OK");
                VledgerNode leader = cluster.leader();
                leader.kill();
                cluster.leaderOtherThan(leader);
                Await.until(
                        "the client has learnt where the new leader is published",
                        LIMIT,
                        () -> client.send("topic", "published", "body", "after").toString(),
                        sent -> sent.contains("SEND_OK"));
                assertThat(Evidence.readBack(client, "published", directory.resolve("published.txt"))
                                .bodies())
                        .contains("through", "after");
            }
        }
    }

    private void translate(VledgerNode node, String names) throws IOException {
        JsonObject file = new JsonObject(Files.readString(node.configuration()));
        JsonObject group = file.getJsonArray("groups").getJsonObject(0);
        JsonObject peers = group.getJsonObject("peers");
        peers.forEach(peer -> peers.put(peer.getKey(), published(peer.getValue().toString())));
        forward(peers.getString(node.id()));
        forward(PUBLISHED + ":" + group.getInteger("port"));
        group.put("host", PUBLISHED)
                .put("bindHost", "127.0.0.1")
                .put("raft", new JsonObject().put("bindHost", "127.0.0.1"));
        file.put("nameServers", new JsonArray().add(names))
                .put("nameService", new JsonObject().put("serves", names).put("bindHost", "127.0.0.1"));
        Files.writeString(node.configuration(), file.encodePrettily());
    }

    private static String published(String address) {
        return PUBLISHED + address.substring(address.lastIndexOf(':'));
    }

    private void forward(String address) {
        int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        forwarders.add(new TcpProxy(new InetSocketAddress(PUBLISHED, port), port));
    }
}
