package io.vledger.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vledger.api.origin.InitialState;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.broker.state.RequestModes;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.testing.FakeOrigin;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonFields;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AssignmentTest {
    private final TestBroker broker = TestBroker.leader();

    @BeforeEach
    void clients() {
        broker.topic("T", 4);
        for (String client : List.of("a", "b", "c", "d")) {
            String body = "{\"clientID\":\"" + client + "\",\"consumerDataSet\":[{\"groupName\":\"g\",\"messageModel\":"
                    + "\"CLUSTERING\",\"consumeType\":\"CONSUME_PASSIVELY\",\"subscriptionDataSet\":[]}],"
                    + "\"producerDataSet\":[]}";
            broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                    .on(new FakeConnection())
                    .body(body));
        }
        broker.group().advance(10);
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private FakeRequest setMode(String topic, String group, String mode, int share) {
        return broker.call(new FakeRequest(RequestCode.SET_MESSAGE_REQUEST_MODE)
                .body("{\"consumerGroup\":\"" + group + "\",\"mode\":\"" + mode + "\",\"popShareQueueNum\":" + share
                        + ",\"topic\":\"" + topic + "\"}"));
    }

    private List<Integer> queuesOf(String client, String mode) {
        return placesOf(client, mode).stream()
                .map(place -> Integer.parseInt(place.substring("broker-a ".length())))
                .toList();
    }

    private List<String> placesOf(String client, String mode) {
        FakeRequest answer = broker.call(new FakeRequest(RequestCode.QUERY_ASSIGNMENT)
                .body("{\"clientId\":\"" + client + "\",\"consumerGroup\":\"g\",\"messageModel\":\"CLUSTERING\","
                        + "\"strategyName\":\"AVG\",\"topic\":\"T\"}"));
        assertThat(answer.replyCode()).isZero();
        return JsonFields.array(Json.readObject(answer.replyBody()), "messageQueueAssignments").stream()
                .map(each -> {
                    Map<?, ?> assignment = JsonFields.asObject(each);
                    assertThat(assignment.get("mode")).isEqualTo(mode);
                    Map<?, ?> queue = JsonFields.object(assignment, "messageQueue");
                    return JsonFields.text(queue, "brokerName") + " " + JsonFields.number(queue, "queueId", -9);
                })
                .toList();
    }

    @Test
    void clientsThatPopShareAllQueuesOrThoseOfTheClientsBehindThem() {
        assertThat(queuesOf("a", "PULL")).containsExactly(0);
        assertThat(setMode("T", "g", "POP", 0).replyCode()).isZero();
        assertThat(queuesOf("a", "POP")).containsExactly(-1);
        assertThat(setMode("T", "g", "POP", 1).replyCode()).isZero();
        assertThat(queuesOf("a", "POP")).containsExactly(0, 1);
        assertThat(queuesOf("d", "POP")).containsExactly(0, 3);
        assertThat(queuesOf("nobody", "POP")).isEmpty();
        assertThat(setMode("T", "g", "POP", 3).replyCode()).isZero();
        assertThat(queuesOf("b", "POP")).containsExactly(-1);
    }

    @Test
    void queuesOfOtherBrokersAreDividedToo() {
        AtomicInteger asked = new AtomicInteger();
        broker.members().put(TestBroker.NAME_SERVER, request -> {
            asked.incrementAndGet();
            assertThat(request.code()).isEqualTo(RequestCode.GET_ROUTEINFO_BY_TOPIC);
            assertThat(request.fields().text("topic")).isEqualTo("T");
            request.reply(
                    0,
                    null,
                    FieldWriter.NONE,
                    Unpooled.copiedBuffer(
                            "{\"brokerDatas\":[],\"queueDatas\":["
                                    + "{\"brokerName\":\"broker-b\",\"perm\":6,\"readQueueNums\":3,\"writeQueueNums\":3},"
                                    + "{\"brokerName\":\"broker-a-standby\",\"perm\":2,\"readQueueNums\":0,\"writeQueueNums\":4},"
                                    + "{\"brokerName\":\"broker-a\",\"perm\":6,\"readQueueNums\":9,\"writeQueueNums\":9}]}",
                            StandardCharsets.UTF_8));
            return request;
        });
        assertThat(placesOf("a", "PULL")).containsExactly("broker-a 0", "broker-a 1");
        assertThat(placesOf("c", "PULL")).containsExactly("broker-b 0", "broker-b 1");
        assertThat(placesOf("d", "PULL")).containsExactly("broker-b 2");
        setMode("T", "g", "POP", 0);
        assertThat(placesOf("b", "POP")).containsExactly("broker-a -1", "broker-b -1");
        setMode("T", "g", "POP", 1);
        assertThat(placesOf("b", "POP")).containsExactly("broker-a 2", "broker-a 3", "broker-b 0", "broker-b 1");
        assertThat(asked).hasValue(1);
        broker.members().put(TestBroker.NAME_SERVER, request -> {
            request.reply(1, "not now");
            return request;
        });
        broker.group().advance(20_000);
        assertThat(placesOf("b", "POP")).as("what is known is kept").contains("broker-b 1");
    }

    @Test
    void aModeIsPartOfTheState() {
        setMode("T", "g", "POP", 2);
        byte[] snapshot = broker.snapshot();
        broker.group().follow();
        broker.state().restore(Unpooled.wrappedBuffer(snapshot));
        broker.group().lead();
        assertThat(broker.call(new FakeRequest(RequestCode.GET_ALL_MESSAGE_REQUEST_MODE))
                        .replyText())
                .isEqualTo("{\"messageRequestModeMap\":{\"T\":{\"g\":{\"consumerGroup\":\"g\",\"mode\":\"POP\","
                        + "\"popShareQueueNum\":2,\"topic\":\"T\"}}}}");
    }

    @Test
    void aModeIsSetForAGroupThatIsSeenForTheFirstTime() {
        assertThat(setMode("T", "new", "POP", 2).replyCode()).isZero();
    }

    @Test
    void theModesOfAnEarlierBrokerAreTheBeginning() throws Exception {
        InitialState knew = new InitialState(
                List.of(),
                List.of(new InitialState.OriginGroup(
                        "old",
                        "{\"groupName\":\"old\",\"requestModes\":{\"T\":{\"mode\":\"POP\",\"popShareQueueNum\":2}}}")),
                List.of(),
                Map.of(),
                List.of(),
                List.of());
        try (TestBroker after = TestBroker.after(new FakeOrigin(16 << 20, knew, List.of()))) {
            assertThat(after.state().part(RequestModes.class).find("old", "T"))
                    .isEqualTo(new RequestModes.Mode(true, 2));
            assertThat(after.state().groups().find("old")).isEqualTo(SubscriptionGroup.of("old"));
        }
    }

    @Test
    void modesOfWhatDoesNotExistAreRefused() {
        assertThat(setMode("%RETRY%g", "g", "POP", 0).replyCode()).isEqualTo(16);
        assertThat(setMode("none", "g", "POP", 0).replyCode()).isEqualTo(17);
        assertThat(setMode("T", "g", "PUSH", 0).replyCode()).isEqualTo(1);
    }
}
