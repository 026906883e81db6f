package io.vledger.broker.pull;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.client.ConsumerGroup;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pulls that select by SQL92, in their request or by their heartbeat. */
class SqlPullTest {
    private static final String CHECK =
            "{\"clientId\":\"c\",\"group\":\"g\",\"subscriptionData\":{\"expressionType\":\"%s\",\"subString\":\"%s\",\"topic\":\"T\"}}";

    private TestBroker broker = TestBroker.leader();
    private int version;

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private void send(String price) {
        assertThat(broker.call(broker.send("T", 0, "costs " + price, "price", price, "TAGS", "a"))
                        .replyCode())
                .isZero();
    }

    private FakeRequest sql(FakeRequest pull, String expression) {
        return pull.with("expressionType", "SQL92").with("subscription", expression);
    }

    /** A pull as push consumers make it: its heartbeat says what it wants. */
    private FakeRequest push(long queueOffset) {
        return broker.longPull("T", 0, queueOffset)
                .with("sysFlag", 2)
                .with("subscription", null)
                .with("subVersion", version);
    }

    private FakeRequest heartbeat(String type, String expression) {
        version++;
        return broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .body(("{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"consumers\",\"subscriptionDataSet\":"
                                + "[{\"topic\":\"T\",\"expressionType\":\"" + type + "\",\"subString\":\"" + expression
                                + "\",\"subVersion\":" + version + "}]}],\"producerDataSet\":[]}")
                        .getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> bodies(FakeRequest pull) {
        return TestBroker.messages(pull.replyBody()).stream().map(Message::body).toList();
    }

    @Test
    void aPullGetsWhatItsExpressionSelects() {
        for (String price : List.of("1", "7", "3", "9", "x")) {
            send(price);
        }

        FakeRequest pull = broker.call(sql(broker.pull("T", 0, 0), "price BETWEEN 5 AND 10"));

        assertThat(pull.replyCode()).isZero();
        assertThat(bodies(pull)).containsExactly("costs 7", "costs 9");
        assertThat(pull.replyNumber("nextBeginOffset")).isEqualTo(5);
        assertThat(broker.call(sql(broker.pull("T", 0, 0), "price > 5").with("maxMsgNums", 1))
                        .replyNumber("nextBeginOffset"))
                .isEqualTo(2);
    }

    @Test
    void theBytesOfAnAnswerAreBounded() {
        for (int i = 0; i < 4; i++) {
            broker.call(broker.send("T", 0, "x".repeat(1_000), "price", "7"));
        }
        FakeRequest pull = broker.call(sql(broker.pull("T", 0, 0), "price > 5").with("maxMsgBytes", 2_500));
        assertThat(bodies(pull)).hasSize(2);
        assertThat(pull.replyNumber("nextBeginOffset")).isEqualTo(2);
    }

    @Test
    void aWaitingPullSleepsThroughWhatItDoesNotWant() {
        heartbeat("SQL92", "price > 5");
        send("1");
        FakeRequest waiting = broker.call(push(0));
        send("2");
        assertThat(waiting.replied()).isFalse();

        send("8");

        assertThat(bodies(waiting)).containsExactly("costs 8");
        FakeRequest late = broker.call(push(3));
        send("3");
        broker.group().advance(16_000);
        assertThat(late.replyCode()).isEqualTo(ResponseCode.PULL_RETRY_IMMEDIATELY);
        assertThat(late.replyNumber("nextBeginOffset")).isEqualTo(4);
    }

    @Test
    void aFilterThatSelectsNothingGoesThroughALongQueueStepByStep() {
        // Expressions that cost more are given fewer messages a step.
        String expression = "price IN (" + "'no',".repeat(9_999) + "'no')";
        for (int i = 0; i < 40 * 9; i++) {
            send("1");
        }
        FakeRequest waiting = broker.begin(sql(broker.longPull("T", 0, 0), expression));
        assertThat(waiting.replied()).as("answered in one step").isFalse();
        broker.group().settle();
        assertThat(waiting.replyCode()).isEqualTo(ResponseCode.PULL_RETRY_IMMEDIATELY);
        assertThat(waiting.replyNumber("nextBeginOffset")).isEqualTo(32 * 9);

        FakeRequest rest = broker.call(sql(broker.longPull("T", 0, 32 * 9), expression));
        assertThat(rest.replied()).as("waits at the end of the queue").isFalse();
    }

    @Test
    void aRetryTopicIsReadAsItsOwnSubscriptionSays() {
        heartbeat("SQL92", "price > 5");
        assertThat(broker.call(push(0).with("topic", "%RETRY%consumers")).replyCode())
                .isEqualTo(ResponseCode.SUBSCRIPTION_NOT_EXIST);
    }

    @Test
    void anExpressionThatCannotBeUsedIsSaidWithEachPull() {
        send("1");
        assertThat(heartbeat("SQL92", "price >").replyCode()).isZero();

        FakeRequest pull = broker.call(push(0));

        assertThat(pull.replyCode()).isEqualTo(ResponseCode.FILTER_DATA_NOT_EXIST);
        assertThat(pull.replyRemark()).contains("at character 8: expected a property");
        FakeRequest given = broker.call(sql(broker.pull("T", 0, 0), "price >"));
        assertThat(given.replyCode()).isEqualTo(ResponseCode.SUBSCRIPTION_PARSE_FAILED);
        assertThat(given.replyRemark()).contains("at character 8: expected a property");
    }

    @Test
    void aMebibyteOfExpressionIsRefusedAndNotKept() {
        String expression = "price = 1 OR ".repeat(1 << 17);
        heartbeat("SQL92", expression);
        assertThat(broker.call(push(0).with("topic", "TBW102")).replyCode())
                .isEqualTo(ResponseCode.SUBSCRIPTION_NOT_EXIST);
        ConsumerGroup group =
                requireNonNull(broker.parts().clients().consumers().group("consumers"));
        assertThat(requireNonNull(group.subscription("T")).subString()).hasSizeLessThan(70_000);
        send("1");
        assertThat(broker.call(push(0)).replyRemark()).contains("more than 65536 characters");
        assertThat(broker.call(sql(broker.pull("T", 0, 0), expression)).replyCode())
                .isEqualTo(ResponseCode.SUBSCRIPTION_PARSE_FAILED);
        assertThat(broker.call(new FakeRequest(RequestCode.CHECK_CLIENT_CONFIG)
                                .body(CHECK.formatted("SQL92", expression)))
                        .replyCode())
                .isEqualTo(ResponseCode.SUBSCRIPTION_PARSE_FAILED);
    }

    @Test
    void aNewerSubscriptionIsWaitedForSinceTheConsumerDoesNotSelectItself() {
        heartbeat("SQL92", "price > 5");
        send("1");
        assertThat(broker.call(push(0).with("subVersion", version + 1)).replyCode())
                .isEqualTo(ResponseCode.SUBSCRIPTION_NOT_LATEST);
    }

    @ParameterizedTest
    @CsvSource({"TAG, a, 0", "'', a, 0", "SQL92, a = 1, 0", "SQL92, a =, 23", "JQ, a, 23"})
    void aConsumerLearnsBeforeItStartsWhetherItsExpressionCanBeUsed(String type, String expression, int code) {
        FakeRequest check =
                broker.call(new FakeRequest(RequestCode.CHECK_CLIENT_CONFIG).body(CHECK.formatted(type, expression)));
        assertThat(check.replyCode()).isEqualTo(code);
    }

    @Test
    void withoutTheFeatureAllOfItIsRefused() throws Exception {
        broker.close();
        broker = TestBroker.leader(new GroupConfig.Features(false, false, false, 1, false));
        send("1");
        heartbeat("SQL92", "price > 5");
        for (FakeRequest request : List.of(
                push(0),
                sql(broker.pull("T", 0, 0), "price > 5"),
                new FakeRequest(RequestCode.CHECK_CLIENT_CONFIG).body(CHECK.formatted("SQL92", "price > 5")))) {
            broker.call(request);
            assertThat(request.replyCode()).isEqualTo(1);
            assertThat(request.replyRemark())
                    .isEqualTo("The broker does not support consumer to filter message by SQL92");
        }
    }
}
