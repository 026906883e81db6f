package io.vledger.broker.pull;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vledger.api.origin.InitialState;
import io.vledger.api.store.GroupStore;
import io.vledger.broker.GroupState;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ForbiddenTopics;
import io.vledger.broker.state.KnownFilters;
import io.vledger.broker.testing.FakeOrigin;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What members know of subscriptions without having heard a heartbeat, and what tools forbid to groups. */
class KnownFiltersTest {
    private final TestBroker broker = TestBroker.leader();
    private final FakeConnection consumer = new FakeConnection();
    private int version;

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private void heartbeat(String type, String expression) {
        version++;
        broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .on(consumer)
                .body(("{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"consumers\",\"subscriptionDataSet\":"
                                + "[{\"topic\":\"T\",\"expressionType\":\"" + type + "\",\"subString\":\"" + expression
                                + "\",\"subVersion\":" + version + "}]}],\"producerDataSet\":[]}")
                        .getBytes(StandardCharsets.UTF_8)));
    }

    private FakeRequest push() {
        return broker.call(broker.pull("T", 0, 0)
                .with("sysFlag", 0)
                .with("subscription", null)
                .with("subVersion", version));
    }

    private KnownFilters known() {
        return broker.state().part(KnownFilters.class);
    }

    @Test
    void aLeaderWithoutAHeartbeatSelectsAsTheLastLeaderDid() {
        broker.call(broker.send("T", 0, "cheap", "price", "1"));
        broker.call(broker.send("T", 0, "dear", "price", "9"));
        heartbeat("SQL92", "price > 5");
        consumer.close();
        assertThat(broker.parts().clients().consumers().group("consumers")).isNull();

        FakeRequest pull = push();

        assertThat(TestBroker.messages(pull.replyBody()))
                .extracting(Message::body)
                .containsExactly("dear");
        version++;
        assertThat(push().replyCode()).as("a newer version").isEqualTo(ResponseCode.SUBSCRIPTION_NOT_EXIST);
    }

    @Test
    void theNewestExpressionIsRecordedAndATagEndsIt() {
        heartbeat("SQL92", "price > 5");
        heartbeat("SQL92", "price > 6");
        assertThat(known().find("consumers", "T")).isEqualTo(new KnownFilters.Filter(2, "price > 6"));
        heartbeat("SQL92", "price >");
        assertThat(known().find("consumers", "T"))
                .as("a bad one is not")
                .isEqualTo(new KnownFilters.Filter(2, "price > 6"));
        heartbeat("TAG", "*");
        assertThat(known().find("consumers", "T")).isNull();
    }

    @Test
    void filtersAndWhatIsForbiddenAreInTheSnapshot() throws Exception {
        heartbeat("SQL92", "price > 5");
        forbid("consumers", "U", "false");
        try (GroupStore store = TestBroker.openStore()) {
            BrokerState other = GroupState.create("Cluster", "broker-a", store, null);
            other.restore(Unpooled.wrappedBuffer(broker.snapshot()));
            assertThat(TestBroker.snapshotOf(other)).isEqualTo(broker.snapshot());
            assertThat(other.part(KnownFilters.class).find("consumers", "T")).isNotNull();
        }
    }

    @Test
    void whatAnEarlierBrokerKnewIsTheBeginning() throws Exception {
        InitialState knew = new InitialState(
                List.of(),
                List.of(new InitialState.OriginGroup(
                        "old",
                        "{\"groupName\":\"old\",\"forbiddenTopics\":{\"U\":4,\"V\":2},\"consumerFilters\":"
                                + "{\"T\":{\"clientVersion\":7,\"expression\":\"a > 5\"}}}")),
                List.of(),
                Map.of(),
                List.of(),
                List.of());
        try (TestBroker after = TestBroker.after(new FakeOrigin(16 << 20, knew, List.of()))) {
            assertThat(after.state().part(KnownFilters.class).find("old", "T"))
                    .isEqualTo(new KnownFilters.Filter(7, "a > 5"));
            assertThat(after.state().part(ForbiddenTopics.class).forbidden("old", "U"))
                    .isTrue();
            assertThat(after.state().part(ForbiddenTopics.class).forbidden("old", "V"))
                    .isFalse();
        }
    }

    private FakeRequest forbid(String group, String topic, @Nullable String readable) {
        FakeRequest request = new FakeRequest(RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN)
                .with("group", group)
                .with("topic", topic);
        return broker.call(readable == null ? request : request.with("readable", readable));
    }

    @Test
    void aForbiddenTopicIsRefusedToItsGroupUntilItIsAllowed() {
        broker.call(broker.send("T", 0, "one"));
        heartbeat("TAG", "*");
        assertThat(forbid("consumers", "T", null).replyText()).contains("\"readable\":true");

        assertThat(forbid("consumers", "T", "false").replyText()).contains("\"readable\":false");

        FakeRequest refused = push();
        assertThat(refused.replyCode()).isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(refused.replyNumber("forbiddenType")).isEqualTo(5);
        assertThat(broker.call(new FakeRequest(RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG))
                        .replyText())
                .contains("\"forbiddenTable\":{\"consumers\":{\"T\":4}}");
        forbid("consumers", "T", "true");
        assertThat(push().replyCode()).isZero();
    }

    @Test
    void anExpressionIsForgottenADayAfterTheLastConsumerOfItsGroup() {
        broker.call(broker.send("T", 0, "x"));
        heartbeat("SQL92", "price > 5");
        broker.group().advance(60_000);
        // Nothing is heard of the consumer any more: its group is offline two minutes later.
        broker.group().advance(86_400_000);
        assertThat(known().size()).isEqualTo(1);
        broker.group().advance(300_000);
        assertThat(known().size()).isZero();
    }

    @Test
    void anExpressionStaysWhileAConsumerIsOnlineAndForADayOfANewLeader() {
        broker.call(broker.send("T", 0, "x"));
        for (int hour = 0; hour < 30; hour++) {
            for (int minute = 0; minute < 60; minute++) {
                heartbeat("SQL92", "price > 5");
                broker.group().advance(60_000);
            }
        }
        assertThat(known().size()).isEqualTo(1);
        broker.group().advance(80_000_000);
        broker.group().follow();
        broker.group().lead();
        broker.group().advance(80_000_000);
        assertThat(known().size()).isEqualTo(1);
    }
}
