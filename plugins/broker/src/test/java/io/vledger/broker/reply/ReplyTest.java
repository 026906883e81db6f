package io.vledger.broker.reply;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeConnection.Sent;
import io.vledger.testkit.fake.FakeFields;
import io.vledger.testkit.fake.FakeRequest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplyTest {
    private static final String TOPIC = "Cluster_REPLY_TOPIC";

    private TestBroker broker = TestBroker.leader();
    private final FakeConnection requester = new FakeConnection(7);

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private static void heartbeat(TestBroker broker, FakeConnection connection) {
        broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .on(connection)
                .body("{\"clientID\":\"me\",\"consumerDataSet\":[],\"producerDataSet\":[{\"groupName\":\"rg\"}]}"));
    }

    private static void answer(FakeConnection connection, int code) {
        Promise<RpcAnswer> call = connection.calls().get(connection.calls().size() - 1);
        call.complete(new RpcAnswer(code, null, new FakeFields(Map.of()), new byte[0]));
    }

    private FakeRequest reply(String... properties) {
        FakeRequest send = broker.send(TOPIC, 0, "the answer", properties);
        FakeRequest reply = new FakeRequest(RequestCode.SEND_REPLY_MESSAGE_V2)
                .on(broker.connection())
                .body("the answer");
        send.fields().forEach(reply::with);
        return reply;
    }

    private List<Message> stored() {
        return TestBroker.messages(broker.call(broker.pull(TOPIC, 0, 0)).replyBody());
    }

    @Test
    void aReplyReachesItsRequesterAndIsStored() {
        heartbeat(broker, requester);
        FakeRequest reply = broker.call(reply("REPLY_TO_CLIENT", "me", "CORRELATION_ID", "c1", "MSG_TYPE", "reply"));
        assertThat(reply.replied()).isFalse();
        Sent pushed = requester.sent().get(0);
        assertThat(pushed.code()).isEqualTo(RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT);
        assertThat(pushed.body()).isEqualTo("the answer");
        assertThat(pushed.fields())
                .containsEntry("topic", TOPIC)
                .containsEntry("producerGroup", "producers")
                .containsEntry("bornHost", "127.0.0.1:45678")
                .containsKeys("storeHost", "storeTimestamp", "queueId", "sysFlag", "flag", "bornTimestamp");
        assertThat(pushed.fields().get("properties"))
                .contains("CORRELATION_ID\u0001c1\u0002")
                .contains("PUSH_REPLY_TIME\u0001");
        answer(requester, ResponseCode.SUCCESS);
        broker.group().settle();
        assertThat(reply.replyCode()).isZero();
        assertThat(reply.replyField("msgId")).hasSize(32);
        assertThat(stored()).hasSize(1);
        assertThat(stored().get(0).properties()).containsEntry("CORRELATION_ID", "c1");
    }

    @Test
    void aReplyThatNobodyWaitsForIsAnsweredSoAndStored() {
        FakeRequest reply = broker.call(reply("REPLY_TO_CLIENT", "me"));
        assertThat(reply.replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(reply.replyRemark()).isEqualTo("push reply message fail, channel of <me> not found.");
        FakeRequest nameless = broker.call(reply("CORRELATION_ID", "c1"));
        assertThat(nameless.replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(nameless.replyRemark()).isEqualTo("reply message properties[REPLY_TO_CLIENT] is null");
        assertThat(stored()).hasSize(2);

        heartbeat(broker, requester);
        FakeRequest refused = broker.call(reply("REPLY_TO_CLIENT", "me"));
        answer(requester, ResponseCode.SYSTEM_ERROR);
        broker.group().settle();
        assertThat(refused.replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(refused.replyRemark()).isEqualTo("push reply message to mefail.");
    }

    @Test
    void aReplyIsNotStoredWhereThatIsOff() throws Exception {
        broker.close();
        broker = TestBroker.leader(GroupConfig.BrokerSettings.builder()
                .storeReplyMessageEnable(false)
                .build());
        heartbeat(broker, requester);
        FakeRequest reply = broker.call(reply("REPLY_TO_CLIENT", "me"));
        answer(requester, ResponseCode.SUCCESS);
        assertThat(reply.replyCode()).isZero();
        assertThat(reply.replyField("msgId")).isEqualTo("0");
        assertThat(stored()).isEmpty();
    }

    @Test
    void aReplyReachesARequesterThatIsConnectedToAnotherMember() throws Exception {
        try (TestBroker other = TestBroker.follower("n1", "127.0.0.1:10912", broker)) {
            broker.members().put("127.0.0.1:10912", request -> {
                other.call(request);
                if (!request.replied()) {
                    answer(requester, ResponseCode.SUCCESS);
                }
                return request;
            });
            FakeRequest early = broker.call(reply("REPLY_TO_CLIENT", "me"));
            assertThat(early.replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
            heartbeat(other, requester);
            FakeRequest reply = broker.call(reply("REPLY_TO_CLIENT", "me", "CORRELATION_ID", "c2"));
            assertThat(reply.replyCode()).as(reply.replyRemark()).isZero();
            assertThat(requester.sent()).hasSize(1);
            assertThat(requester.sent().get(0).fields().get("properties")).contains("c2");
        }
    }

    @Test
    void aReplyFromSomebodyWhoIsNoMemberDoesNotReachARequester() {
        heartbeat(broker, requester);
        FakeRequest forged = new FakeRequest(RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT)
                .with("properties", "REPLY_TO_CLIENT\u0001me\u0002")
                .with("vledgerMember", "n1")
                .with("vledgerCall", "0".repeat(32));
        assertThat(broker.call(forged).replyCode()).isEqualTo(ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
        assertThat(requester.sent()).isEmpty();
    }

    @Test
    void aRequestIsAnOrdinaryMessage() {
        FakeRequest request = broker.call(broker.send("T", 0, "x", "REPLY_TO_CLIENT", "me", "CORRELATION_ID", "c"));
        assertThat(request.replyCode()).isZero();
        Message stored = TestBroker.messages(broker.call(broker.pull("T", 0, 0)).replyBody())
                .get(0);
        assertThat(stored.properties()).containsEntry("REPLY_TO_CLIENT", "me").containsEntry("CLUSTER", "Cluster");
    }
}
