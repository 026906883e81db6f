package io.vledger.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.rpc.RpcClient;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.MqVersion;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClientOffsetsTest {
    private TestBroker broker;

    @BeforeEach
    void open() throws Exception {
        broker = TestBroker.leader();
        broker.topic("T", 2);
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    /** Joins the group {@code cg} with a connection of its own. */
    private FakeConnection client(String clientId, int port, int version, String language) {
        FakeConnection connection = new FakeConnection(port);
        broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .on(connection)
                .ofVersion(version)
                .speaking(language)
                .body("{\"clientID\":\"" + clientId + "\",\"consumerDataSet\":[{\"groupName\":\"cg\","
                        + "\"consumeType\":\"CONSUME_PASSIVELY\",\"messageModel\":\"CLUSTERING\","
                        + "\"consumeFromWhere\":\"CONSUME_FROM_LAST_OFFSET\",\"subscriptionDataSet\":"
                        + "[{\"topic\":\"T\",\"subString\":\"*\",\"subVersion\":1}]}]}"));
        return connection;
    }

    private FakeRequest reset() {
        FakeRequest reset = broker.call(new FakeRequest(RequestCode.INVOKE_BROKER_TO_RESET_OFFSET)
                .with("topic", "T")
                .with("group", "cg")
                .with("timestamp", -1)
                .with("isForce", true));
        broker.group().settle();
        return reset;
    }

    private static List<FakeConnection.Sent> pushed(FakeConnection connection) {
        return connection.sent().stream()
                .filter(sent -> sent.code() == RequestCode.RESET_CONSUMER_CLIENT_OFFSET)
                .toList();
    }

    @Test
    void clientsBeforeFiveAreNotifiedOfAResetAndOthersLearnItFromTheirNextPull() {
        FakeConnection old = client("old", 1, MqVersion.V4_9_8, "JAVA");
        FakeConnection cpp = client("cpp", 2, MqVersion.V4_9_8, "CPP");
        FakeConnection ancient = client("ancient", 3, MqVersion.V3_0_7_SNAPSHOT - 1, "JAVA");
        FakeConnection current = client("current", 4, MqVersion.CURRENT, "JAVA");
        broker.message("T", 1, "a", "");
        assertThat(reset().replyCode()).isZero();
        assertThat(pushed(old)).singleElement().satisfies(sent -> {
            assertThat(sent.fields()).containsEntry("topic", "T").containsEntry("group", "cg");
            assertThat(sent.body())
                    .contains("{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"}:1")
                    .contains("{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}:0");
        });
        assertThat(pushed(cpp)).singleElement().satisfies(sent -> assertThat(sent.body())
                .contains("{\"brokerName\":\"broker-a\",\"offset\":1,\"queueId\":1,\"topic\":\"T\"}"));
        assertThat(pushed(ancient)).isEmpty();
        assertThat(pushed(current)).isEmpty();
    }

    private FakeRequest status(String clientId) {
        return broker.call(new FakeRequest(RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS)
                .with("topic", "T")
                .with("group", "cg")
                .with("clientAddr", clientId));
    }

    private static RpcClient.RpcAnswer holding(String json) {
        return new RpcClient.RpcAnswer(0, null, new FakeRequest(0).fields(), json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatClientsHoldIsGatheredFromThoseThatAnswerInJson() {
        FakeConnection one = client("one", 1, MqVersion.CURRENT, "JAVA");
        FakeConnection two = client("two", 2, MqVersion.CURRENT, "JAVA");
        FakeConnection three = client("three", 3, MqVersion.CURRENT, "JAVA");
        FakeRequest status = status("");
        one.calls()
                .get(0)
                .complete(holding(
                        "{\"messageQueueTable\":{{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"}:7}}"));
        two.calls().get(0).complete(holding("{\"messageQueueTable\":" + "[".repeat(50_000)));
        assertThat(status.replied()).isFalse();
        three.calls().get(0).fail("gone");
        assertThat(status.replyText())
                .isEqualTo(
                        "{\"consumerTable\":{\"one\":{{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"}:7}},"
                                + "\"messageQueueTable\":{}}");
    }

    @Test
    void oneClientIsAskedWhereOneIsNamedAndNobodyOnlineIsSaid() {
        FakeConnection one = client("one", 1, MqVersion.CURRENT, "JAVA");
        FakeConnection two = client("two", 2, MqVersion.CURRENT, "JAVA");
        status("two");
        assertThat(one.calls()).isEmpty();
        assertThat(two.calls()).hasSize(1);
        assertThat(status("nobody").replyCode()).isEqualTo(206);
        client("ancient", 3, MqVersion.V3_0_7_SNAPSHOT - 1, "JAVA");
        assertThat(status("").replyCode()).isEqualTo(206);
    }

    @Test
    void theLeastOffsetOfAllGroupsIsFoundForEachQueue() {
        broker.consumed("a", "T", 0, 5);
        broker.consumed("b", "T", 0, 3);
        broker.consumed("b", "T", 1, 9);
        assertThat(correction("b", "")).isEqualTo("{\"correctionOffsets\":{\"0\":3,\"1\":9}}");
        assertThat(correction("b", "b,none")).isEqualTo("{\"correctionOffsets\":{\"0\":9223372036854775807}}");
        assertThat(correction("nobody", "b")).isEqualTo("{\"correctionOffsets\":{\"0\":5}}");
    }

    private String correction(String compared, String leftOut) {
        return broker.call(new FakeRequest(RequestCode.QUERY_CORRECTION_OFFSET)
                        .with("topic", "T")
                        .with("compareGroup", compared)
                        .with("filterGroups", leftOut))
                .replyText();
    }
}
