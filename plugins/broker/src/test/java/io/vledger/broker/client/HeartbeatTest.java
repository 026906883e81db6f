package io.vledger.broker.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.rig.Rig;
import io.vledger.broker.rig.RigConnection;
import io.vledger.broker.rig.RigRequest;
import io.vledger.protocol.RequestCode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeartbeatTest {
    @TempDir
    Path directory;

    private Rig rig;
    private final RigConnection a = new RigConnection(1001);
    private final RigConnection b = new RigConnection(1002);

    @BeforeEach
    void open() throws Exception {
        rig = new Rig(directory);
        // A new leader asks all consumers to divide the queues anew, a second after it became one.
        rig.group().run(2_000);
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private static String body(String clientId, String group, String topic, long version, String more) {
        return "{\"clientID\":\"" + clientId + "\",\"consumerDataSet\":[{\"consumeFromWhere\":"
                + "\"CONSUME_FROM_LAST_OFFSET\",\"consumeType\":\"CONSUME_PASSIVELY\",\"groupName\":\"" + group
                + "\",\"messageModel\":\"CLUSTERING\",\"subscriptionDataSet\":[{\"classFilterMode\":false,"
                + "\"codeSet\":[1],\"expressionType\":\"TAG\",\"subString\":\"a || b\",\"subVersion\":" + version
                + ",\"tagsSet\":[\"a\",\"b\"],\"topic\":\"" + topic + "\"}],\"unitMode\":false}]"
                + ",\"producerDataSet\":[{\"groupName\":\"pg\"}]" + more + "}";
    }

    private RigRequest beat(RigConnection connection, String clientId, String topic, long version) {
        return rig.call(rig.request(RequestCode.HEART_BEAT, connection).body(body(clientId, "cg", topic, version, "")));
    }

    private RigRequest list() {
        return rig.call(rig.request(RequestCode.GET_CONSUMER_LIST_BY_GROUP).with("consumerGroup", "cg"));
    }

    private static long notices(RigConnection connection) {
        return connection.sent().stream()
                .filter(sent -> sent.code() == RequestCode.NOTIFY_CONSUMER_IDS_CHANGED)
                .count();
    }

    @Test
    void aConsumerIsListedAfterItsHeartbeat() {
        RigRequest beat = beat(a, "client-a", "T", 1);
        assertThat(beat.replyCode()).isZero();
        assertThat(beat.replyField("IS_SUPPORT_HEART_BEAT_V2")).isEqualTo("true");
        assertThat(beat.replyField("IS_SUB_CHANGE")).isEqualTo("true");
        assertThat(list().replyText()).isEqualTo("{\"consumerIdList\":[\"client-a\"]}");
    }

    @Test
    void nobodyOnlineIsAnError() {
        RigRequest list = list();
        assertThat(list.replyCode()).isEqualTo(1);
        assertThat(list.replyRemark()).contains("no consumer for this group, cg");
    }

    @Test
    void theGroupAndItsRetryTopicAreCreated() {
        beat(a, "client-a", "T", 1);
        assertThat(rig.state().groups().find("cg")).isNotNull();
        assertThat(rig.state().topics().find("%RETRY%cg")).isNotNull();
    }

    @Test
    void theMembersRebalanceOnceTheRetryTopicHasARoute() {
        beat(a, "client-a", "T", 1);
        rig.group().run(2_000);
        assertThat(notices(a))
                .as("one for its coming, one to ask for the route, one to find it")
                .isEqualTo(3);
        beat(a, "client-a", "T", 1);
        rig.group().run(2_000);
        assertThat(notices(a)).isEqualTo(3);
    }

    @Test
    void aFollowerRegistersButCreatesNothing() {
        rig.group().follow("n1");
        beat(a, "client-a", "T", 1);
        assertThat(list().replyText()).contains("client-a");
        assertThat(rig.state().topics().find("%RETRY%cg")).isNull();
        rig.group().lead();
        assertThat(rig.state().topics().find("%RETRY%cg")).isNotNull();
    }

    @Test
    void manyChangesCauseOneNoticeToEveryMember() {
        rig.topic("%RETRY%cg", 1);
        settled("client-a", a);
        settled("client-b", b);
        beat(new RigConnection(1003), "client-c", "T", 1);
        beat(new RigConnection(1004), "client-d", "T", 1);
        assertThat(notices(a)).isEqualTo(2);
        rig.group().run(RebalanceNotices.GATHER_MS);
        assertThat(notices(a)).isEqualTo(3);
        assertThat(notices(b)).isEqualTo(2);
        assertThat(a.sent().get(0).fields()).containsEntry("consumerGroup", "cg");
    }

    @Test
    void aChangeAfterANoticeCausesAnotherAfterAnInterval() {
        rig.topic("%RETRY%cg", 1);
        settled("client-a", a);
        assertThat(notices(a)).isEqualTo(1);
        beat(b, "client-b", "T", 1);
        rig.group().run(RebalanceNotices.GATHER_MS);
        assertThat(notices(a)).isEqualTo(2);
        beat(new RigConnection(1003), "client-c", "T", 1);
        rig.group().run(RebalanceNotices.GATHER_MS);
        assertThat(notices(a)).isEqualTo(2);
        rig.group().run(RebalanceNotices.INTERVAL_MS);
        assertThat(notices(a)).isEqualTo(3);
    }

    private void settled(String clientId, RigConnection connection) {
        beat(connection, clientId, "T", 1);
        rig.group().run(RebalanceNotices.SETTLE_MS + RebalanceNotices.INTERVAL_MS);
    }

    @Test
    void aClientIsNotNotifiedBeforeItHasSentItsFirstHeartbeatsEverywhere() {
        rig.topic("%RETRY%cg", 1);
        settled("client-a", a);
        long before = notices(a);
        beat(b, "client-b", "T", 1);
        rig.group().run(RebalanceNotices.GATHER_MS);
        assertThat(notices(a) - before).as("the others make room at once").isEqualTo(1);
        rig.group().run(RebalanceNotices.SETTLE_MS - RebalanceNotices.GATHER_MS - 1);
        assertThat(notices(b)).isZero();
        rig.group().run(1);
        assertThat(notices(b)).isEqualTo(1);
        rig.group().run(1_000);
        assertThat(notices(b)).isEqualTo(1);
    }

    @Test
    void aHeartbeatIsAnsweredOnceTheRetryTopicHasARoute() {
        rig.broker().routes().watched(true);
        rig.broker().routes().published(rig.state().topics().version());
        rig.group().run(1);
        RigRequest first = beat(a, "client-a", "T", 1);
        RigRequest second = beat(b, "client-b", "T", 1);
        rig.group().run(10);
        assertThat(first.answered()).isFalse();
        assertThat(second.answered()).isFalse();
        rig.broker().routes().published(rig.state().topics().version());
        rig.group().run(1);
        assertThat(first.replyCode()).isZero();
        assertThat(second.replyCode()).isZero();
        // Afterwards nothing is waited for.
        assertThat(beat(a, "client-a", "T", 1).answered()).isTrue();
    }

    @Test
    void aHeartbeatDoesNotWaitForASilentNameServer() {
        rig.broker().routes().watched(true);
        RigRequest beat = beat(a, "client-a", "T", 1);
        rig.group().run(999);
        assertThat(beat.answered()).isFalse();
        rig.group().run(1);
        assertThat(beat.replyCode()).isZero();
        // Nor for a majority that is not there.
        rig.group().hold();
        RigRequest other =
                rig.call(rig.request(RequestCode.HEART_BEAT, b).body(body("client-b", "another", "T", 1, "")));
        rig.group().run(2_500);
        assertThat(other.replyCode()).isZero();
    }

    @Test
    void aHeartbeatThatChangesNothingCausesNoNotice() {
        rig.topic("%RETRY%cg", 1);
        beat(a, "client-a", "T", 1);
        rig.group().run(1000);
        beat(a, "client-a", "T", 1);
        rig.group().run(1000);
        assertThat(notices(a)).isEqualTo(1);
    }

    @Test
    void aNewLeaderAsksItsConsumersToRebalance() {
        rig.topic("%RETRY%cg", 1);
        beat(a, "client-a", "T", 1);
        rig.group().run(1000);
        rig.group().follow("n1");
        rig.group().lead();
        rig.group().run(2000);
        assertThat(notices(a)).isEqualTo(2);
    }

    @Test
    void aClosedConnectionTakesItsConsumersAlong() {
        rig.topic("%RETRY%cg", 1);
        beat(a, "client-a", "T", 1);
        beat(b, "client-b", "T", 1);
        rig.group().run(1000);
        a.close();
        assertThat(list().replyText()).isEqualTo("{\"consumerIdList\":[\"client-b\"]}");
        rig.group().run(1000);
        assertThat(notices(b)).isEqualTo(2);
        assertThat(rig.clients().producers().members("pg")).hasSize(1);
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
        rig.group().run(ConsumerRegistry.EXPIRY_MS - 20_000);
        beat(b, "client-b", "T", 1);
        rig.group().run(40_000);
        assertThat(list().replyText()).isEqualTo("{\"consumerIdList\":[\"client-b\"]}");
    }

    @Test
    void subscriptionsAreReplacedByNewerVersionsOnly() {
        beat(a, "client-a", "T", 5);
        ConsumerGroup group = rig.clients().consumers().group("cg");
        assertThat(group.topic("T").version()).isEqualTo(5);
        assertThat(group.topic("T").filter().matches("a".hashCode())).isTrue();
        assertThat(group.topic("T").filter().matches("c".hashCode())).isFalse();
        beat(a, "client-a", "T", 4);
        assertThat(group.topic("T").version()).isEqualTo(5);
        beat(a, "client-a", "U", 6);
        assertThat(group.topic("T")).isNull();
        assertThat(group.topic("U").version()).isEqualTo(6);
    }

    @Test
    void aShortHeartbeatKeepsSubscriptions() {
        RigRequest full = rig.call(rig.request(RequestCode.HEART_BEAT, a)
                .body(body("client-a", "cg", "T", 1, ",\"heartbeatFingerprint\":77,\"withoutSub\":false")));
        assertThat(full.replyField("IS_SUB_CHANGE")).isEqualTo("false");
        String empty =
                "{\"clientID\":\"client-a\",\"consumerDataSet\":[{\"groupName\":\"cg\",\"subscriptionDataSet\":[]}]"
                        + ",\"heartbeatFingerprint\":%d,\"withoutSub\":true}";
        RigRequest same = rig.call(rig.request(RequestCode.HEART_BEAT, a).body(empty.formatted(77)));
        assertThat(same.replyField("IS_SUB_CHANGE")).isEqualTo("false");
        assertThat(rig.clients().consumers().group("cg").topic("T")).isNotNull();
        RigRequest other = rig.call(rig.request(RequestCode.HEART_BEAT, a).body(empty.formatted(78)));
        assertThat(other.replyField("IS_SUB_CHANGE")).isEqualTo("true");
    }

    @Test
    void anUnregisteredClientIsRemovedAtOnce() {
        beat(a, "client-a", "T", 1);
        RigRequest farewell = rig.call(rig.request(RequestCode.UNREGISTER_CLIENT, a)
                .with("clientID", "client-a")
                .with("consumerGroup", "cg")
                .with("producerGroup", "pg"));
        assertThat(farewell.replyCode()).isZero();
        assertThat(rig.clients().consumers().group("cg")).isNull();
        assertThat(rig.clients().producers().members("pg")).isEmpty();
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
            RigRequest beat = rig.call(rig.request(RequestCode.HEART_BEAT, a).body(bad));
            assertThat(beat.replyCode()).as(bad.length() > 200 ? "deep" : bad).isIn(1, 29);
            assertThat(beat.replyRemark()).isNotEmpty();
        }
        assertThat(rig.clients().consumers().groups()).isEmpty();
    }

    @Test
    void onlyTagSubscriptionsPassTheCheck() {
        String body =
                "{\"clientId\":\"c\",\"group\":\"g\",\"subscriptionData\":{\"expressionType\":\"%s\",\"topic\":\"T\"}}";
        assertThat(rig.call(rig.request(RequestCode.CHECK_CLIENT_CONFIG).body(body.formatted("TAG")))
                        .replyCode())
                .isZero();
        assertThat(rig.call(rig.request(RequestCode.CHECK_CLIENT_CONFIG).body(body.formatted("SQL92")))
                        .replyCode())
                .isEqualTo(1);
    }
}
