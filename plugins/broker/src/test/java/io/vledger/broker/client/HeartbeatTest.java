package io.vledger.broker.client;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.pull.Subscriptions;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
    private TestBroker broker;
    private final FakeConnection a = new FakeConnection(1001);
    private final FakeConnection b = new FakeConnection(1002);

    @BeforeEach
    void open() throws Exception {
        broker = TestBroker.leader();
        // A new leader asks all consumers to divide the queues anew, a second after it became one.
        broker.group().advance(2_000);
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private static String body(String clientId, String group, String topic, long version, String more) {
        return "{\"clientID\":\"" + clientId + "\",\"consumerDataSet\":[{\"consumeFromWhere\":"
                + "\"CONSUME_FROM_LAST_OFFSET\",\"consumeType\":\"CONSUME_PASSIVELY\",\"groupName\":\"" + group
                + "\",\"messageModel\":\"CLUSTERING\",\"subscriptionDataSet\":[{\"classFilterMode\":false,"
                + "\"codeSet\":[1],\"expressionType\":\"TAG\",\"subString\":\"a || b\",\"subVersion\":" + version
                + ",\"tagsSet\":[\"a\",\"b\"],\"topic\":\"" + topic + "\"}],\"unitMode\":false}]"
                + ",\"producerDataSet\":[{\"groupName\":\"pg\"}]" + more + "}";
    }

    private FakeRequest beat(FakeConnection connection, String clientId, String topic, long version) {
        return broker.call(
                new FakeRequest(RequestCode.HEART_BEAT).on(connection).body(body(clientId, "cg", topic, version, "")));
    }

    private FakeRequest list() {
        return broker.call(new FakeRequest(RequestCode.GET_CONSUMER_LIST_BY_GROUP).with("consumerGroup", "cg"));
    }

    private static long notices(FakeConnection connection) {
        return connection.sent().stream()
                .filter(sent -> sent.code() == RequestCode.NOTIFY_CONSUMER_IDS_CHANGED)
                .count();
    }

    @Test
    void aConsumerIsListedAfterItsHeartbeat() {
        FakeRequest beat = beat(a, "client-a", "T", 1);
        assertThat(beat.replyCode()).isZero();
        assertThat(beat.replyField("IS_SUPPORT_HEART_BEAT_V2")).isEqualTo("true");
        assertThat(beat.replyField("IS_SUB_CHANGE")).isEqualTo("true");
        assertThat(list().replyText()).isEqualTo("{\"consumerIdList\":[\"client-a\"]}");
    }

    @Test
    void nobodyOnlineIsAnError() {
        FakeRequest list = list();
        assertThat(list.replyCode()).isEqualTo(1);
        assertThat(list.replyRemark()).contains("no consumer for this group, cg");
    }

    @Test
    void theGroupAndItsRetryTopicAreCreated() {
        beat(a, "client-a", "T", 1);
        assertThat(broker.state().groups().find("cg")).isNotNull();
        assertThat(broker.state().topics().find("%RETRY%cg")).isNotNull();
    }

    @Test
    void theMembersRebalanceOnceTheRetryTopicHasARoute() {
        beat(a, "client-a", "T", 1);
        broker.group().advance(2_000);
        assertThat(notices(a))
                .as("one for its coming, one to ask for the route, one to find it")
                .isEqualTo(3);
        beat(a, "client-a", "T", 1);
        broker.group().advance(2_000);
        assertThat(notices(a)).isEqualTo(3);
    }

    @Test
    void aFollowerRegistersButCreatesNothing() {
        broker.group().follow("n1");
        beat(a, "client-a", "T", 1);
        assertThat(list().replyText()).contains("client-a");
        assertThat(broker.state().topics().find("%RETRY%cg")).isNull();
        broker.group().lead();
        broker.group().advance(1);
        assertThat(broker.state().topics().find("%RETRY%cg")).isNotNull();
    }

    @Test
    void manyChangesCauseOneNoticeToEveryMember() {
        broker.topic("%RETRY%cg", 1);
        settled("client-a", a);
        settled("client-b", b);
        beat(new FakeConnection(1003), "client-c", "T", 1);
        beat(new FakeConnection(1004), "client-d", "T", 1);
        assertThat(notices(a)).isEqualTo(2);
        broker.group().advance(RebalanceNotices.GATHER_MS);
        assertThat(notices(a)).isEqualTo(3);
        assertThat(notices(b)).isEqualTo(2);
        assertThat(a.sent().get(0).fields()).containsEntry("consumerGroup", "cg");
    }

    @Test
    void aChangeAfterANoticeCausesAnotherAfterAnInterval() {
        broker.topic("%RETRY%cg", 1);
        settled("client-a", a);
        assertThat(notices(a)).isEqualTo(1);
        beat(b, "client-b", "T", 1);
        broker.group().advance(RebalanceNotices.GATHER_MS);
        assertThat(notices(a)).isEqualTo(2);
        beat(new FakeConnection(1003), "client-c", "T", 1);
        broker.group().advance(RebalanceNotices.GATHER_MS);
        assertThat(notices(a)).isEqualTo(2);
        broker.group().advance(RebalanceNotices.INTERVAL_MS);
        assertThat(notices(a)).isEqualTo(3);
    }

    private void settled(String clientId, FakeConnection connection) {
        beat(connection, clientId, "T", 1);
        broker.group().advance(RebalanceNotices.SETTLE_MS + RebalanceNotices.INTERVAL_MS);
    }

    @Test
    void aClientIsNotNotifiedBeforeItHasSentItsFirstHeartbeatsEverywhere() {
        broker.topic("%RETRY%cg", 1);
        settled("client-a", a);
        long before = notices(a);
        beat(b, "client-b", "T", 1);
        broker.group().advance(RebalanceNotices.GATHER_MS);
        assertThat(notices(a) - before).as("the others make room at once").isEqualTo(1);
        broker.group().advance(RebalanceNotices.SETTLE_MS - RebalanceNotices.GATHER_MS - 1);
        assertThat(notices(b)).isZero();
        broker.group().advance(1);
        assertThat(notices(b)).isEqualTo(1);
        broker.group().advance(1_000);
        assertThat(notices(b)).isEqualTo(1);
    }

    @Test
    void aHeartbeatIsAnsweredOnceTheRetryTopicHasARoute() {
        broker.parts().routes().watched(true);
        broker.parts().routes().published(broker.state().topics().version());
        broker.group().advance(1);
        FakeRequest first = beat(a, "client-a", "T", 1);
        FakeRequest second = beat(b, "client-b", "T", 1);
        broker.group().advance(10);
        assertThat(first.replied()).isFalse();
        assertThat(second.replied()).isFalse();
        broker.parts().routes().published(broker.state().topics().version());
        broker.group().advance(1);
        assertThat(first.replyCode()).isZero();
        assertThat(second.replyCode()).isZero();
        // Afterwards nothing is waited for.
        assertThat(beat(a, "client-a", "T", 1).replied()).isTrue();
    }

    @Test
    void aHeartbeatDoesNotWaitForASilentNameServer() {
        broker.parts().routes().watched(true);
        FakeRequest beat = beat(a, "client-a", "T", 1);
        broker.group().advance(999);
        assertThat(beat.replied()).isFalse();
        broker.group().advance(1);
        assertThat(beat.replyCode()).isZero();
        // Nor for a majority that is not there.
        broker.group().hold();
        FakeRequest other = broker.call(
                new FakeRequest(RequestCode.HEART_BEAT).on(b).body(body("client-b", "another", "T", 1, "")));
        broker.group().advance(2_500);
        assertThat(other.replyCode()).isZero();
    }

    @Test
    void aHeartbeatThatChangesNothingCausesNoNotice() {
        broker.topic("%RETRY%cg", 1);
        beat(a, "client-a", "T", 1);
        broker.group().advance(1000);
        beat(a, "client-a", "T", 1);
        broker.group().advance(1000);
        assertThat(notices(a)).isEqualTo(1);
    }

    @Test
    void aNewLeaderAsksItsConsumersToRebalance() {
        broker.topic("%RETRY%cg", 1);
        beat(a, "client-a", "T", 1);
        broker.group().advance(1000);
        broker.group().follow("n1");
        broker.group().lead();
        broker.group().advance(2000);
        assertThat(notices(a)).isEqualTo(2);
    }

    @Test
    void aClosedConnectionTakesItsConsumersAlong() {
        broker.topic("%RETRY%cg", 1);
        beat(a, "client-a", "T", 1);
        beat(b, "client-b", "T", 1);
        broker.group().advance(1000);
        a.close();
        assertThat(list().replyText()).isEqualTo("{\"consumerIdList\":[\"client-b\"]}");
        broker.group().advance(1000);
        assertThat(notices(b)).isEqualTo(2);
        assertThat(broker.parts().clients().producers().members("pg")).hasSize(1);
    }

    @Test
    void aClientThatIsBackOnANewConnectionSurvivesTheCloseOfItsOld() {
        beat(a, "client-a", "T", 1);
        beat(b, "client-a", "T", 1);
        a.close();
        assertThat(list().replyText()).isEqualTo("{\"consumerIdList\":[\"client-a\"]}");
    }

    @Test
    void silenceExpires() {
        beat(a, "client-a", "T", 1);
        broker.group().advance(ConsumerRegistry.EXPIRY_MS - 20_000);
        beat(b, "client-b", "T", 1);
        broker.group().advance(40_000);
        assertThat(list().replyText()).isEqualTo("{\"consumerIdList\":[\"client-b\"]}");
    }

    @Test
    void subscriptionsAreReplacedByNewerVersionsOnly() {
        beat(a, "client-a", "T", 5);
        ConsumerGroup group =
                requireNonNull(broker.parts().clients().consumers().group("cg"));
        Subscriptions.Subscription first = requireNonNull(group.topic("T"));
        assertThat(first.version()).isEqualTo(5);
        MessageFilter filter = requireNonNull(first.filter());
        assertThat(filter.mayMatch("a".hashCode())).isTrue();
        assertThat(filter.mayMatch("c".hashCode())).isFalse();
        beat(a, "client-a", "T", 4);
        assertThat(requireNonNull(group.topic("T")).version()).isEqualTo(5);
        beat(a, "client-a", "U", 6);
        assertThat(group.topic("T")).isNull();
        assertThat(requireNonNull(group.topic("U")).version()).isEqualTo(6);
    }

    @Test
    void aShortHeartbeatKeepsSubscriptions() {
        FakeRequest full = broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .on(a)
                .body(body("client-a", "cg", "T", 1, ",\"heartbeatFingerprint\":77,\"withoutSub\":false")));
        assertThat(full.replyField("IS_SUB_CHANGE")).isEqualTo("false");
        String empty =
                "{\"clientID\":\"client-a\",\"consumerDataSet\":[{\"groupName\":\"cg\",\"subscriptionDataSet\":[]}]"
                        + ",\"heartbeatFingerprint\":%d,\"withoutSub\":true}";
        FakeRequest same =
                broker.call(new FakeRequest(RequestCode.HEART_BEAT).on(a).body(empty.formatted(77)));
        assertThat(same.replyField("IS_SUB_CHANGE")).isEqualTo("false");
        assertThat(requireNonNull(broker.parts().clients().consumers().group("cg"))
                        .topic("T"))
                .isNotNull();
        FakeRequest other =
                broker.call(new FakeRequest(RequestCode.HEART_BEAT).on(a).body(empty.formatted(78)));
        assertThat(other.replyField("IS_SUB_CHANGE")).isEqualTo("true");
    }

    @Test
    void anUnregisteredClientIsRemovedAtOnce() {
        beat(a, "client-a", "T", 1);
        FakeRequest farewell = broker.call(new FakeRequest(RequestCode.UNREGISTER_CLIENT)
                .on(a)
                .with("clientID", "client-a")
                .with("consumerGroup", "cg")
                .with("producerGroup", "pg"));
        assertThat(farewell.replyCode()).isZero();
        assertThat(broker.parts().clients().consumers().group("cg")).isNull();
        assertThat(broker.parts().clients().producers().members("pg")).isEmpty();
    }

    @Test
    void namesInAnyScriptAreKept() {
        beat(a, "Клиент-客户端-😀", "T", 1);
        assertThat(list().replyText()).isEqualTo("{\"consumerIdList\":[\"Клиент-客户端-😀\"]}");
    }

    @Test
    void malformedBodiesAreRefusedInWords() {
        String deep = "{\"clientID\":\"c\",\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        for (String bad : new String[] {
            "",
            "null",
            "[]",
            "{",
            "{}",
            "{\"clientID\":[]}",
            "{\"clientID\":\"c\",\"consumerDataSet\":7}",
            "{\"clientID\":\"c\",\"consumerDataSet\":[7]}",
            "{\"clientID\":\"c\",\"consumerDataSet\":[{}]}",
            "{\"clientID\":\"c\",\"heartbeatFingerprint\":99999999999999999999}",
            "{\"clientID\":\"c\",\"heartbeatFingerprint\":1e400}",
            deep,
            "{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"a b\"}]}"
        }) {
            FakeRequest beat =
                    broker.call(new FakeRequest(RequestCode.HEART_BEAT).on(a).body(bad));
            assertThat(beat.replyCode()).as(bad.length() > 200 ? "deep" : bad).isIn(1, 29);
            assertThat(beat.replyRemark()).isNotEmpty();
        }
        assertThat(broker.parts().clients().consumers().groups()).isEmpty();
    }
}
