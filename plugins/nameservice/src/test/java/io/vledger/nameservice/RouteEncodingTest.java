package io.vledger.nameservice;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.GroupRole;
import io.vledger.testkit.FreePorts;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bytes of routes as clients of several languages and versions get them. What is expected here is what {@code TopicRouteData}
 * and {@code ClusterInfo} of RocketMQ 5.5.0 encode for the same table, by the two ways in which its name server calls them.
 */
@Timeout(60)
class RouteEncodingTest {
    private static final int V4_9_3 = 399;
    private static final int V4_9_4_SNAPSHOT = 400;
    private static final int V4_9_4 = 401;
    private static final int V5_5_0 = 513;
    /** What the Go client calls itself up to 2.1.1. */
    private static final int GO = 317;

    private static final String BARE = "{0:\"127.0.0.1:10912\",1:\"127.0.0.1:10911\"}";
    private static final String QUOTED = "{\"0\":\"127.0.0.1:10912\",\"1\":\"127.0.0.1:10911\"}";

    @TempDir
    Path directory;

    private int port;
    private FakeNode node;

    @BeforeEach
    void open() throws Exception {
        port = FreePorts.next();
        node = new FakeNode("n0", directory, "127.0.0.1:" + port);
        node.group.become(GroupRole.FOLLOWER, 3, "n1");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!ask(105, "GO", GO, "\"topic\":\"TBW102\"").contains("127.0.0.1:10912")) {
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
    }

    @AfterEach
    void close() {
        node.close();
    }

    private static String route(String ids) {
        return "{\"brokerDatas\":[{\"brokerAddrs\":" + ids + ",\"brokerName\":\"ga\",\"cluster\":\"DefaultCluster\","
                + "\"enableActingMaster\":false}],\"filterServerTable\":{},\"queueDatas\":[{\"brokerName\":\"ga\","
                + "\"perm\":6,\"readQueueNums\":4,\"topicSysFlag\":0,\"writeQueueNums\":4}]}";
    }

    private static String clusters(String ids) {
        return "{\"brokerAddrTable\":{\"ga\":{\"brokerAddrs\":" + ids + ",\"brokerName\":\"ga\","
                + "\"cluster\":\"DefaultCluster\",\"enableActingMaster\":false}},"
                + "\"clusterAddrTable\":{\"DefaultCluster\":[\"ga\"]}}";
    }

    @Test
    void clientsBefore494GetBrokerIdsWithoutQuotes() throws Exception {
        String topic = "\"topic\":\"TBW102\"";
        assertThat(ask(105, "GO", GO, topic)).isEqualTo(route(BARE));
        assertThat(ask(105, "CPP", 0, topic)).isEqualTo(route(BARE));
        assertThat(ask(105, "JAVA", V4_9_3, topic)).isEqualTo(route(BARE));
        assertThat(ask(105, "JAVA", V4_9_4_SNAPSHOT, topic)).isEqualTo(route(BARE));
        assertThat(ask(106, "GO", GO, "")).isEqualTo(clusters(BARE));
    }

    @Test
    void laterClientsAndThoseThatAskForStandardJsonGetThemQuoted() throws Exception {
        String topic = "\"topic\":\"TBW102\"";
        assertThat(ask(105, "JAVA", V4_9_4, topic)).isEqualTo(route(QUOTED));
        assertThat(ask(105, "JAVA", V5_5_0, topic)).isEqualTo(route(QUOTED));
        assertThat(ask(105, "GO", GO, topic + ",\"acceptStandardJsonOnly\":\"true\""))
                .isEqualTo(route(QUOTED));
        assertThat(ask(105, "GO", GO, topic + ",\"acceptStandardJsonOnly\":\"false\""))
                .isEqualTo(route(BARE));
        assertThat(ask(106, "JAVA", V5_5_0, "")).isEqualTo(clusters(QUOTED));
    }

    /** The body of the answer to a request with a JSON header, as other languages send it. */
    private String ask(int code, String language, int version, String fields) throws Exception {
        String header = "{\"code\":" + code + ",\"language\":\"" + language + "\",\"version\":" + version
                + ",\"opaque\":1,\"flag\":0,\"remark\":\"\",\"extFields\":{" + fields + "}}";
        byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(4 + bytes.length);
            out.writeInt(bytes.length);
            out.write(bytes);
            out.flush();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int length = in.readInt();
            int headerLength = in.readInt() & 0xFFFFFF;
            in.readNBytes(headerLength);
            return new String(in.readNBytes(length - 4 - headerLength), StandardCharsets.UTF_8);
        }
    }
}
