package io.vledger.broker.admin;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.Refusal;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TopicsAndGroupsTest {
    private TestBroker broker;

    @BeforeEach
    void open() throws Exception {
        broker = TestBroker.leader();
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private FakeRequest put(String topic) {
        return new FakeRequest(RequestCode.UPDATE_AND_CREATE_TOPIC)
                .with("topic", topic)
                .with("defaultTopic", "TBW102")
                .with("readQueueNums", 4)
                .with("writeQueueNums", 4)
                .with("perm", 6)
                .with("topicFilterType", "SINGLE_TAG")
                .with("order", false);
    }

    private FakeRequest delete(String topic) {
        return broker.call(new FakeRequest(RequestCode.DELETE_TOPIC_IN_BROKER).with("topic", topic));
    }

    private FakeRequest get(String topic) {
        return broker.call(new FakeRequest(RequestCode.GET_TOPIC_CONFIG).with("topic", topic));
    }

    @Test
    void aTopicIsAnsweredWhenItIsCommitted() {
        broker.group().hold();
        FakeRequest put = broker.call(put("T"));
        assertThat(put.replied()).isFalse();
        broker.group().commitHeld();
        assertThat(put.replyCode()).isZero();
        assertThat(get("T").replyText())
                .isEqualTo("{\"attributes\":{},\"order\":false,\"perm\":6,\"readQueueNums\":4,"
                        + "\"topicFilterType\":\"SINGLE_TAG\",\"topicName\":\"T\",\"topicSysFlag\":0,"
                        + "\"writeQueueNums\":4}");
    }

    @Test
    void anUnchangedTopicIsNotProposedAgain() {
        broker.call(put("T"));
        broker.group().hold();
        assertThat(broker.call(put("T")).replyCode()).isZero();
        assertThat(broker.group().pendingEntries()).isZero();
    }

    @Test
    void attributesThatWouldHaveNoEffectAreRefused() {
        for (String attribute : new String[] {"cleanup.policy=COMPACTION", "message.type=MIXED"}) {
            FakeRequest refused = broker.call(put("New").with("attributes", "+" + attribute));
            assertThat(refused.replyCode()).as(attribute).isEqualTo(29);
        }
        assertThat(get("New").replyCode()).isEqualTo(17);
        FakeRequest list = new FakeRequest(RequestCode.UPDATE_AND_CREATE_TOPIC_LIST)
                .body(
                        "{\"topicConfigList\":[{\"topicName\":\"New\",\"attributes\":{\"cleanup.policy\":\"COMPACTION\"}}]}");
        assertThat(broker.call(list).replyCode()).isEqualTo(29);
        assertThat(broker.call(put("T").with("attributes", "+queue.type=SimpleCQ,+cleanup.policy=DELETE"))
                        .replyCode())
                .isZero();
        assertThat(broker.call(put("Batches").with("attributes", "+queue.type=BatchCQ"))
                        .replyCode())
                .isZero();
        assertThat(get("Batches").replyText()).contains("\"queue.type\":\"BatchCQ\"");
    }

    @Test
    void attributesAreChangedOneByOne() {
        broker.call(put("T").with("attributes", "+message.type=NORMAL,+reserve.time=5"));
        broker.call(put("T").with("attributes", "-reserve.time"));
        assertThat(get("T").replyText()).contains("\"attributes\":{\"message.type\":\"NORMAL\"}");
    }

    @Test
    void attributesThatRocketmqRefusesAreRefusedWithItsCode() {
        broker.call(put("T").with("attributes", "+message.type=NORMAL"));
        for (String[] bad : new String[][] {
            {"T", "message.type=FIFO"},
            {"T", "+message.type"},
            {"T", "+message.type=fifo"},
            {"T", "+no.such=1"},
            {"T", "-reserve.time"},
            {"T", "-no.such"},
            {"T", "+queue.type=SimpleCQ"},
            {"T", "+reserve.time=-2"},
            {"T", "+reserve.time=x"},
            {"T", "+lite.topic.expiration=43201"},
            {"T", "+reserve.time=" + "9".repeat(99_999)},
            {"New", "-message.type"},
        }) {
            assertThat(broker.call(put(bad[0]).with("attributes", bad[1])).replyCode())
                    .as(bad[1])
                    .isEqualTo(1);
        }
        assertThat(get("T").replyText()).contains("\"attributes\":{\"message.type\":\"NORMAL\"}");
        assertThat(get("New").replyCode()).isEqualTo(17);
    }

    @Test
    void badTopicsAreRefused() {
        for (String name : new String[] {
            "a b", "тема", "x".repeat(128), "TBW102", "SCHEDULE_TOPIC_XXXX", "Cluster", "broker-a", "rmq_sys_x"
        }) {
            assertThat(broker.call(put(name)).replyCode()).as(name).isEqualTo(29);
        }
        assertThat(broker.call(put("T").with("readQueueNums", 2_000_000_000)).replyCode())
                .isEqualTo(29);
        assertThat(broker.call(put("T").with("writeQueueNums", -1)).replyCode()).isEqualTo(29);
        assertThat(broker.call(put("T").with("perm", 99)).replyCode()).isEqualTo(29);
        assertThat(broker.call(put("T").with("perm", "six")).replyCode()).isEqualTo(1);
        assertThat(broker.call(new FakeRequest(RequestCode.UPDATE_AND_CREATE_TOPIC))
                        .replyCode())
                .isEqualTo(1);
        assertThat(get("T").replyCode()).isEqualTo(17);
    }

    @Test
    void aFollowerNamesTheLeader() {
        broker.group().follow("n1");
        for (FakeRequest refused : new FakeRequest[] {broker.call(put("T")), delete("T")}) {
            assertThat(refused.replyCode()).isEqualTo(14);
            assertThat(refused.replyRemark()).contains("n1", "127.0.0.1:10912");
        }
    }

    @Test
    void aRefusedProposalIsAnswered() {
        broker.group().refuse(Refusal.BUSY);
        assertThat(broker.call(put("T")).replyCode()).isEqualTo(2);
        broker.group().refuse(Refusal.DISK_FULL);
        assertThat(broker.call(put("T")).replyCode()).isEqualTo(14);
    }

    @Test
    void deletingATopicTakesItsMessagesAndOffsetsAndMayBeRepeated() {
        broker.call(put("T"));
        broker.message("T", 0, "m", "");
        broker.consumed("g", "T", 0, 1);
        assertThat(broker.state().offsets().find("g", "T", 0)).isEqualTo(1);
        assertThat(delete("T").replyCode()).isZero();
        assertThat(delete("T").replyCode()).isZero();
        assertThat(delete("%RETRY%never").replyCode()).isZero();
        assertThat(get("T").replyCode()).isEqualTo(17);
        assertThat(broker.state().offsets().find("g", "T", 0)).isEqualTo(-1);
        broker.call(put("T"));
        assertThat(requireNonNull(requireNonNull(broker.state().topics().find("T"))
                                .queue(0))
                        .maxOffset())
                .isZero();
        assertThat(delete("TBW102").replyCode()).isEqualTo(29);
    }

    @Test
    void aTopicWhoseDeletionWasRefusedLivesOn() {
        broker.call(put("T"));
        broker.group().refuse(Refusal.BUSY);
        assertThat(delete("T").replyCode()).isEqualTo(2);
        assertThat(requireNonNull(broker.state().topics().find("T")).deleting()).isFalse();
    }

    @Test
    void manyTopicsAreOneEntry() {
        String body = "{\"topicConfigList\":[{\"topicName\":\"A\",\"readQueueNums\":2,\"writeQueueNums\":2,\"perm\":6},"
                + "{\"topicName\":\"B\"}]}";
        broker.group().hold();
        FakeRequest put = broker.call(new FakeRequest(RequestCode.UPDATE_AND_CREATE_TOPIC_LIST).body(body));
        assertThat(broker.group().pendingEntries()).isEqualTo(1);
        broker.group().commitHeld();
        assertThat(put.replyCode()).isZero();
        assertThat(get("A").replyText()).contains("\"readQueueNums\":2");
        assertThat(get("B").replyText()).contains("\"readQueueNums\":16");
        for (String bad : new String[] {
            "{",
            "{\"topicConfigList\":{}}",
            "{\"topicConfigList\":[3]}",
            "{\"topicConfigList\":[{\"topicName\":\"C\",\"readQueueNums\":1e99}]}",
            "{\"topicConfigList\":[{\"topicName\":\"C\",\"attributes\":[]}]}"
        }) {
            assertThat(broker.call(new FakeRequest(RequestCode.UPDATE_AND_CREATE_TOPIC_LIST).body(bad))
                            .replyCode())
                    .as(bad)
                    .isEqualTo(1);
        }
    }

    @Test
    void allTopicsAreListedWithoutATotal() {
        broker.call(put("T"));
        FakeRequest all = broker.call(new FakeRequest(RequestCode.GET_ALL_TOPIC_CONFIG));
        assertThat(all.replyField("totalTopicNum")).isNull();
        assertThat(all.replyText()).startsWith("{\"dataVersion\":{\"counter\":").contains("\"T\":{\"attributes\"");
        assertThat(broker.call(new FakeRequest(RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER))
                        .replyText())
                .contains("\"TBW102\"")
                .doesNotContain("\"T\"");
    }

    @Test
    void aGroupIsReadBackAsItWasWritten() {
        String body = "{\"groupName\":\"g\",\"retryMaxTimes\":3,\"consumeEnable\":false,"
                + "\"groupRetryPolicy\":{\"type\":\"CUSTOMIZED\"},\"attributes\":{\"ключ\":\"значение\"}}";
        assertThat(broker.call(new FakeRequest(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP).body(body))
                        .replyCode())
                .isZero();
        String read = broker.call(new FakeRequest(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG).with("group", "g"))
                .replyText();
        assertThat(read)
                .contains("\"retryMaxTimes\":3", "\"consumeEnable\":false", "\"ключ\":\"значение\"")
                .contains("\"groupRetryPolicy\":{\"type\":\"CUSTOMIZED\"}");
        assertThat(broker.call(new FakeRequest(RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG))
                        .replyText())
                .contains("\"g\":{\"attributes\"");
    }

    @Test
    void aGroupIsDeletedWithItsOffsetsIfAsked() {
        broker.topic("T", 1);
        broker.call(new FakeRequest(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP).body("{\"groupName\":\"g\"}"));
        broker.consumed("g", "T", 0, 3);
        FakeRequest delete = new FakeRequest(RequestCode.DELETE_SUBSCRIPTIONGROUP).with("groupName", "g");
        assertThat(broker.call(delete).replyCode()).isZero();
        assertThat(broker.state().offsets().find("g", "T", 0)).isEqualTo(3);
        assertThat(broker.call(new FakeRequest(RequestCode.DELETE_SUBSCRIPTIONGROUP)
                                .with("groupName", "g")
                                .with("cleanOffset", "true"))
                        .replyCode())
                .isZero();
        assertThat(broker.state().offsets().find("g", "T", 0)).isEqualTo(-1);
        assertThat(broker.call(new FakeRequest(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG).with("group", "g"))
                        .replyCode())
                .isEqualTo(26);
    }

    @Test
    void topicsThatClientsOfAUnitBringAboutSaySo() {
        broker.call(broker.send("Unit", 0, "m").with("k", true));
        assertThat(get("Unit").replyText()).contains("\"topicSysFlag\":1");
        broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .body("{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"unit\",\"unitMode\":true}]}"));
        broker.group().settle();
        assertThat(get("%RETRY%unit").replyText()).contains("\"topicSysFlag\":2");
    }
}
