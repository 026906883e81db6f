package io.vledger.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.Refusal;
import io.vledger.broker.rig.Rig;
import io.vledger.broker.rig.RigRequest;
import io.vledger.protocol.RequestCode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicsAndGroupsTest {
    @TempDir
    Path directory;

    private Rig rig;

    @BeforeEach
    void open() throws Exception {
        rig = new Rig(directory);
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private RigRequest put(String topic) {
        return rig.request(RequestCode.UPDATE_AND_CREATE_TOPIC)
                .with("topic", topic)
                .with("defaultTopic", "TBW102")
                .with("readQueueNums", 4)
                .with("writeQueueNums", 4)
                .with("perm", 6)
                .with("topicFilterType", "SINGLE_TAG")
                .with("order", false);
    }

    private RigRequest delete(String topic) {
        return rig.call(rig.request(RequestCode.DELETE_TOPIC_IN_BROKER).with("topic", topic));
    }

    private RigRequest get(String topic) {
        return rig.call(rig.request(RequestCode.GET_TOPIC_CONFIG).with("topic", topic));
    }

    @Test
    void aTopicIsAnsweredWhenItIsCommitted() {
        rig.group().hold();
        RigRequest put = rig.call(put("T"));
        assertThat(put.answered()).isFalse();
        rig.group().commitHeld();
        assertThat(put.replyCode()).isZero();
        assertThat(get("T").replyText())
                .isEqualTo("{\"attributes\":{},\"order\":false,\"perm\":6,\"readQueueNums\":4,"
                        + "\"topicFilterType\":\"SINGLE_TAG\",\"topicName\":\"T\",\"topicSysFlag\":0,"
                        + "\"writeQueueNums\":4}");
    }

    @Test
    void anUnchangedTopicIsNotProposedAgain() {
        rig.call(put("T"));
        rig.group().hold();
        assertThat(rig.call(put("T")).replyCode()).isZero();
        assertThat(rig.group().heldProposals()).isZero();
    }

    @Test
    void attributesThatWouldHaveNoEffectAreRefused() {
        for (String attribute : new String[] {"queue.type=BatchCQ", "queue.type=x", "cleanup.policy=COMPACTION"}) {
            RigRequest refused = rig.call(put("New").with("attributes", "+" + attribute));
            assertThat(refused.replyCode()).as(attribute).isEqualTo(29);
            assertThat(refused.replyRemark()).contains(attribute.substring(0, attribute.indexOf('=')));
        }
        assertThat(get("New").replyCode()).isEqualTo(17);
        RigRequest list = rig.request(RequestCode.UPDATE_AND_CREATE_TOPIC_LIST)
                .body("{\"topicConfigList\":[{\"topicName\":\"New\",\"attributes\":{\"queue.type\":\"BatchCQ\"}}]}");
        assertThat(rig.call(list).replyCode()).isEqualTo(29);
        assertThat(rig.call(put("T").with("attributes", "+queue.type=SimpleCQ,+cleanup.policy=DELETE"))
                        .replyCode())
                .isZero();
    }

    @Test
    void attributesAreChangedOneByOne() {
        rig.call(put("T").with("attributes", "+message.type=NORMAL,+a=b"));
        rig.call(put("T").with("attributes", "-a"));
        assertThat(get("T").replyText()).contains("\"attributes\":{\"message.type\":\"NORMAL\"}");
        assertThat(rig.call(put("T").with("attributes", "a=b")).replyCode()).isEqualTo(29);
        assertThat(rig.call(put("T").with("attributes", "+a=" + "x".repeat(9999)))
                        .replyCode())
                .isEqualTo(29);
    }

    @Test
    void badTopicsAreRefused() {
        for (String name : new String[] {
            "a b", "тема", "x".repeat(128), "TBW102", "SCHEDULE_TOPIC_XXXX", "cluster-a", "broker-a", "rmq_sys_x"
        }) {
            assertThat(rig.call(put(name)).replyCode()).as(name).isEqualTo(29);
        }
        assertThat(rig.call(put("T").with("readQueueNums", 2_000_000_000)).replyCode())
                .isEqualTo(29);
        assertThat(rig.call(put("T").with("writeQueueNums", -1)).replyCode()).isEqualTo(29);
        assertThat(rig.call(put("T").with("perm", 99)).replyCode()).isEqualTo(29);
        assertThat(rig.call(put("T").with("perm", "six")).replyCode()).isEqualTo(1);
        assertThat(rig.call(rig.request(RequestCode.UPDATE_AND_CREATE_TOPIC)).replyCode())
                .isEqualTo(1);
        assertThat(get("T").replyCode()).isEqualTo(17);
    }

    @Test
    void aFollowerNamesTheLeader() {
        rig.group().follow("n1");
        for (RigRequest refused : new RigRequest[] {rig.call(put("T")), delete("T")}) {
            assertThat(refused.replyCode()).isEqualTo(14);
            assertThat(refused.replyRemark()).contains("n1", "127.0.0.1:30921");
        }
    }

    @Test
    void aRefusedProposalIsAnswered() {
        rig.group().refuse(Refusal.BUSY);
        assertThat(rig.call(put("T")).replyCode()).isEqualTo(2);
        rig.group().refuse(Refusal.DISK_FULL);
        assertThat(rig.call(put("T")).replyCode()).isEqualTo(14);
    }

    @Test
    void deletingATopicTakesItsMessagesAndOffsetsAndMayBeRepeated() {
        rig.call(put("T"));
        rig.message("T", 0, "m", "");
        rig.consumed("g", "T", 0, 1);
        assertThat(rig.state().offsets().find("g", "T", 0)).isEqualTo(1);
        assertThat(delete("T").replyCode()).isZero();
        assertThat(delete("T").replyCode()).isZero();
        assertThat(delete("%RETRY%never").replyCode()).isZero();
        assertThat(get("T").replyCode()).isEqualTo(17);
        assertThat(rig.state().offsets().find("g", "T", 0)).isEqualTo(-1);
        rig.call(put("T"));
        assertThat(rig.state().topics().find("T").queue(0).maxOffset()).isZero();
        assertThat(delete("TBW102").replyCode()).isEqualTo(29);
    }

    @Test
    void aTopicWhoseDeletionWasRefusedLivesOn() {
        rig.call(put("T"));
        rig.group().refuse(Refusal.BUSY);
        assertThat(delete("T").replyCode()).isEqualTo(2);
        assertThat(rig.state().topics().find("T").deleting()).isFalse();
    }

    @Test
    void manyTopicsAreOneEntry() {
        String body = "{\"topicConfigList\":[{\"topicName\":\"A\",\"readQueueNums\":2,\"writeQueueNums\":2,\"perm\":6},"
                + "{\"topicName\":\"B\"}]}";
        rig.group().hold();
        RigRequest put =
                rig.call(rig.request(RequestCode.UPDATE_AND_CREATE_TOPIC_LIST).body(body));
        assertThat(rig.group().heldProposals()).isEqualTo(1);
        rig.group().commitHeld();
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
            assertThat(rig.call(rig.request(RequestCode.UPDATE_AND_CREATE_TOPIC_LIST)
                                    .body(bad))
                            .replyCode())
                    .as(bad)
                    .isEqualTo(29);
        }
    }

    @Test
    void allTopicsAreListedWithoutATotal() {
        rig.call(put("T"));
        RigRequest all = rig.call(rig.request(RequestCode.GET_ALL_TOPIC_CONFIG));
        assertThat(all.replyField("totalTopicNum")).isNull();
        assertThat(all.replyText()).startsWith("{\"dataVersion\":{\"counter\":").contains("\"T\":{\"attributes\"");
        assertThat(rig.call(rig.request(RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER))
                        .replyText())
                .contains("\"TBW102\"")
                .doesNotContain("\"T\"");
    }

    @Test
    void aGroupIsReadBackAsItWasWritten() {
        String body = "{\"groupName\":\"g\",\"retryMaxTimes\":3,\"consumeEnable\":false,"
                + "\"groupRetryPolicy\":{\"type\":\"CUSTOMIZED\"},\"attributes\":{\"ключ\":\"значение\"}}";
        assertThat(rig.call(rig.request(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP)
                                .body(body))
                        .replyCode())
                .isZero();
        String read = rig.call(
                        rig.request(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG).with("group", "g"))
                .replyText();
        assertThat(read)
                .contains("\"retryMaxTimes\":3", "\"consumeEnable\":false", "\"ключ\":\"значение\"")
                .contains("\"groupRetryPolicy\":{\"type\":\"CUSTOMIZED\"}");
        assertThat(rig.call(rig.request(RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG))
                        .replyText())
                .contains("\"g\":{\"attributes\"");
    }

    @Test
    void aGroupIsDeletedWithItsOffsetsIfAsked() {
        rig.topic("T", 1);
        rig.call(rig.request(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP).body("{\"groupName\":\"g\"}"));
        rig.consumed("g", "T", 0, 3);
        RigRequest delete = rig.request(RequestCode.DELETE_SUBSCRIPTIONGROUP).with("groupName", "g");
        assertThat(rig.call(delete).replyCode()).isZero();
        assertThat(rig.state().offsets().find("g", "T", 0)).isEqualTo(3);
        assertThat(rig.call(rig.request(RequestCode.DELETE_SUBSCRIPTIONGROUP)
                                .with("groupName", "g")
                                .with("cleanOffset", "true"))
                        .replyCode())
                .isZero();
        assertThat(rig.state().offsets().find("g", "T", 0)).isEqualTo(-1);
        assertThat(rig.call(rig.request(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG)
                                .with("group", "g"))
                        .replyCode())
                .isEqualTo(26);
    }
}
