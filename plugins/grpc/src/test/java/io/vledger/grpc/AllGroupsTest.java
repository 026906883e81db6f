package io.vledger.grpc;

import static io.vledger.grpc.GrpcRig.message;
import static io.vledger.grpc.GrpcRig.named;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.AckMessageEntry;
import apache.rocketmq.v2.AckMessageRequest;
import apache.rocketmq.v2.AckMessageResponse;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SendMessageResponse;
import io.vertx.core.Vertx;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One port reaches every group: two of its process, and one of another that a name server knows. */
@Timeout(60)
class AllGroupsTest {
    @RegisterExtension
    final GrpcRig rig = new GrpcRig();

    private final Vertx elsewhere = Vertx.vertx();
    private final FakeBroker far = new FakeBroker(elsewhere);
    private final Map<String, FakeBroker> byTopic =
            new TreeMap<>(Map.of("T", rig.broker(), "U", rig.broker().beside("b", "U"), "Far", far));

    AllGroupsTest() {
        rig.broker().asks(far);
    }

    @BeforeEach
    void serve() throws Exception {
        far.listen().await(20, TimeUnit.SECONDS);
        far.answer(RequestCode.GET_TOPIC_CONFIG, "{\"attributes\":{\"message.type\":\"NORMAL\"}}");
        far.answer(
                RequestCode.GET_ROUTEINFO_BY_TOPIC,
                "{\"brokerDatas\":[{\"brokerName\":\"far\",\"brokerAddrs\":{\"0\":\"" + far.address()
                        + "\"}}],\"queueDatas\":[{\"brokerName\":\"far\",\"readQueueNums\":2,\"writeQueueNums\":2,\"perm\":6}]}");
        byTopic.values().forEach(broker -> {
            broker.stores(7, "7F00000100002A9F0000000000001267");
            broker.answer(RequestCode.ACK_MESSAGE, ResponseCode.SUCCESS);
        });
    }

    @AfterEach
    void close() throws Exception {
        far.rpc().close().await(20, TimeUnit.SECONDS);
        elsewhere.close().await(20, TimeUnit.SECONDS);
    }

    private Map<String, Integer> requests(int code) {
        Map<String, Integer> count = new TreeMap<>();
        byTopic.forEach(
                (topic, broker) -> count.put(topic, broker.requests(code).size()));
        return count;
    }

    private Code send(String topic) throws Exception {
        SendMessageRequest request =
                SendMessageRequest.newBuilder().addMessages(message(topic, "")).build();
        return rig.client()
                .answer("SendMessage", request, SendMessageResponse.parser())
                .getStatus()
                .getCode();
    }

    @Test
    void aMessageIsSentToTheGroupOfItsTopic() throws Exception {
        assertThat(send("U")).isEqualTo(Code.OK);
        assertThat(requests(RequestCode.SEND_MESSAGE_V2)).isEqualTo(Map.of("T", 0, "U", 1, "Far", 0));
        assertThat(send("T")).isEqualTo(Code.OK);
        assertThat(send("Far")).isEqualTo(Code.OK);
        assertThat(requests(RequestCode.SEND_MESSAGE_V2)).isEqualTo(Map.of("T", 1, "U", 1, "Far", 1));
    }

    @Test
    void anAcknowledgementGoesToTheGroupThatGaveTheReceipt() throws Exception {
        assertThat(send("Far")).as("the route is known").isEqualTo(Code.OK);
        for (List<String> each : List.of(List.of("U", "b"), List.of("T", "a"), List.of("Far", "far"))) {
            AckMessageRequest request = AckMessageRequest.newBuilder()
                    .setTopic(named(each.get(0)))
                    .setGroup(named("g"))
                    .addEntries(AckMessageEntry.newBuilder()
                            .setMessageId("01ID")
                            .setReceiptHandle("0 1000 1000 0 0 " + each.get(1) + " 0 0 0"))
                    .build();
            assertThat(rig.client()
                            .answer("AckMessage", request, AckMessageResponse.parser())
                            .getStatus()
                            .getCode())
                    .isEqualTo(Code.OK);
            assertThat(requireNonNull(byTopic.get(each.get(0))).requests(RequestCode.ACK_MESSAGE))
                    .as("of %s", each)
                    .hasSize(1);
        }
        assertThat(requests(RequestCode.ACK_MESSAGE)).isEqualTo(Map.of("T", 1, "U", 1, "Far", 1));
    }
}
