package io.vledger.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.config.RuntimeConfig;
import io.vledger.broker.config.Settings;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConfigHandlerTest {
    private TestBroker broker;

    @BeforeEach
    void open() throws Exception {
        broker = TestBroker.leader();
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private FakeRequest set(String lines) {
        FakeRequest request = broker.call(new FakeRequest(RequestCode.UPDATE_BROKER_CONFIG).body(lines));
        broker.group().settle();
        return request;
    }

    private String shown() {
        return broker.call(new FakeRequest(RequestCode.GET_BROKER_CONFIG)).replyText();
    }

    private FakeRequest send(String body) {
        broker.topic("T", 1);
        return broker.call(broker.send("T", 0, body));
    }

    @Test
    void aValueIsInForceAndShownOnceItIsCommitted() {
        assertThat(send("x".repeat(2_000)).replyCode()).isZero();
        broker.group().hold();
        FakeRequest set = broker.call(new FakeRequest(RequestCode.UPDATE_BROKER_CONFIG).body("maxMessageSize=1024"));
        assertThat(set.replied()).isFalse();
        assertThat(shown()).doesNotContain("maxMessageSize=1024");
        broker.group().commitHeld();
        broker.group().settle();
        assertThat(set.replyCode()).isZero();
        assertThat(shown()).contains("maxMessageSize=1024");
        assertThat(send("x".repeat(2_000)).replyCode()).isEqualTo(13);
        assertThat(set("maxMessageSize=").replyCode()).isZero();
        assertThat(send("x".repeat(2_000)).replyCode()).isZero();
    }

    @Test
    void valuesSurviveASnapshotAndTheNextLeaderHasThem() {
        set("fileReservedTime=5\nenableMixedMessageType=true\ndeleteWhen=04;16");
        byte[] snapshot = broker.snapshot();
        broker.group().follow();
        broker.state().restore(Unpooled.wrappedBuffer(snapshot));
        broker.group().lead();
        assertThat(shown()).contains("fileReservedTime=5", "deleteWhen=04;16");
        assertThat(broker.parts().settings().retention().hours()).isEqualTo(5);
        assertThat(broker.parts().settings().retention().deleteWhen()).containsExactly(4, 16);
        assertThat(broker.parts().settings().enableMixedMessageType()).isTrue();
        assertThat(broker.snapshot()).isEqualTo(snapshot);
    }

    @Test
    void aBrokerWithoutPermissionRefusesAndShowsItsTopicsSo() {
        broker.topic("T", 1);
        assertThat(set("brokerPermission=2").replyCode()).isZero();
        assertThat(broker.call(broker.pull("T", 0, 0)).replyCode()).isEqualTo(16);
        assertThat(set("brokerPermission=6").replyCode()).isZero();
        assertThat(broker.call(broker.pull("T", 0, 0)).replyCode()).isEqualTo(19);
    }

    @Test
    void topicsAndGroupsAreCreatedAsTheNewValuesSay() {
        set("autoCreateTopicEnable=false\nautoCreateSubscriptionGroup=false");
        assertThat(broker.call(broker.send("New", 0, "x")).replyCode()).isEqualTo(17);
        broker.topic("T", 1);
        assertThat(broker.call(broker.pull("T", 0, 0).with("consumerGroup", "nobody"))
                        .replyCode())
                .isEqualTo(26);
        set("autoCreateTopicEnable=true\ndefaultTopicQueueNums=2");
        assertThat(broker.call(broker.send("New", 0, "x")).replyCode()).isZero();
        assertThat(broker.state().topics().readQueues("New")).isEqualTo(2);
    }

    @Test
    void timersObeyTheNewValues() {
        broker.topic("T", 1);
        assertThat(later("20").replyCode()).isZero();
        set("timerMaxDelaySec=10");
        assertThat(later("20").replyCode()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(later("5").replyCode()).isZero();
        set("timerWheelEnable=false");
        assertThat(later("5").replyRemark()).contains("timerWheelEnable is false");
        set("timerWheelEnable=\ntimerMaxDelaySec=\nrecallMessageEnable=false\ntimerCongestNumEachSlot=7");
        FakeRequest accepted = later("20");
        assertThat(accepted.replyCode()).isZero();
        assertThat(broker.call(new FakeRequest(RequestCode.RECALL_MESSAGE)
                                .with("topic", "T")
                                .with("recallHandle", accepted.replyField("recallHandle")))
                        .replyCode())
                .isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(broker.parts().settings().timers().maxEachSlot()).isEqualTo(7);
        assertThat(shown()).contains("recallMessageEnable=false", "timerMaxDelaySec=259200", "timerPrecisionMs=1000");
        assertThat(set("timerPrecisionMs=100").replyCode()).isEqualTo(ResponseCode.NO_PERMISSION);
    }

    private FakeRequest later(String seconds) {
        return broker.call(broker.send("T", 0, "x", "TIMER_DELAY_SEC", seconds, "UNIQ_KEY", "k"));
    }

    @Test
    void popsObeyTheNewValues() {
        broker.topic("T", 1);
        broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .on(new FakeConnection())
                .body("{\"clientID\":\"c\",\"producerDataSet\":[],\"consumerDataSet\":[{\"groupName\":\"g\","
                        + "\"consumeType\":\"CONSUME_PASSIVELY\",\"messageModel\":\"CLUSTERING\","
                        + "\"subscriptionDataSet\":[{\"topic\":\"T\",\"subString\":\"*\",\"subVersion\":1}]}]}"));
        assertThat(assignment()).contains("\"mode\":\"PULL\"");
        set("defaultMessageRequestMode=POP\ndefaultPopShareQueueNum=2");
        assertThat(assignment()).contains("\"mode\":\"POP\"");
        Settings settings = broker.parts().settings();
        assertThat(settings.pop().shareQueues()).isEqualTo(2);
        assertThat(settings.pop().maxInFlight()).isEqualTo(100_000);
        set("enablePopMessageThreshold=true");
        assertThat(settings.pop().maxInFlight()).isEqualTo(10_000);
        set("popInflightMessageThreshold=5\nenableRetryTopicV2=true");
        assertThat(settings.pop().maxInFlight()).isEqualTo(5);
        assertThat(settings.pop().enableRetryTopicV2()).isTrue();
        assertThat(shown()).contains("popInflightMessageThreshold=5", "enablePopMessageThreshold=true");
        set("defaultMessageRequestMode=\npopInflightMessageThreshold=\nenablePopMessageThreshold=");
        assertThat(assignment()).contains("\"mode\":\"PULL\"");
        assertThat(settings.pop().maxInFlight()).isEqualTo(100_000);
    }

    @Test
    void filtersAndLightQueuesObeyTheNewValues() {
        broker.topic("T", 1);
        broker.call(broker.send("T", 0, "x", "price", "7"));
        assertThat(cheap().replyCode()).isZero();
        set("enablePropertyFilter=false");
        assertThat(cheap().replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        set("enablePropertyFilter=");
        assertThat(cheap().replyCode()).isZero();

        light("%LMQ%a");
        assertThat(broker.call(broker.pull("%LMQ%a", 0, 0)).replyCode()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        set("enableLmq=true");
        light("%LMQ%a");
        assertThat(broker.call(broker.pull("%LMQ%a", 0, 0)).replyCode()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        set("enableMultiDispatch=true\nmaxLmqConsumeQueueNum=1");
        assertThat(broker.call(broker.pull("%LMQ%a", 0, 0)).replyCode()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        assertThat(light("%LMQ%a").replyCode()).isZero();
        assertThat(broker.call(broker.pull("%LMQ%a", 0, 0)).replyCode()).isZero();
        assertThat(light("%LMQ%b").replyRemark()).contains("maxLmqConsumeQueueNum is 1");
        set("maxLmqConsumeQueueNum=2");
        assertThat(light("%LMQ%b").replyCode()).isZero();
        set("enableLmq=\nenableMultiDispatch=\nmaxLmqConsumeQueueNum=");
        light("%LMQ%c");
        assertThat(broker.call(broker.pull("%LMQ%c", 0, 0)).replyCode()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(set("maxLmqConsumeQueueNum=0").replyCode()).isNotZero();
    }

    private FakeRequest cheap() {
        return broker.call(
                broker.pull("T", 0, 0).with("expressionType", "SQL92").with("subscription", "price < 10"));
    }

    private FakeRequest light(String queue) {
        return broker.call(broker.send("T", 0, "x", "INNER_MULTI_DISPATCH", queue));
    }

    private String assignment() {
        return broker.call(new FakeRequest(RequestCode.QUERY_ASSIGNMENT)
                        .body("{\"topic\":\"T\",\"consumerGroup\":\"g\",\"clientId\":\"c\",\"strategyName\":\"AVG\","
                                + "\"messageModel\":\"CLUSTERING\"}"))
                .replyText();
    }

    @Test
    void mixedTopicsAreAllowedByTheFileOrByATool() throws Exception {
        try (TestBroker mixed = TestBroker.leader(new GroupConfig.Features(true, false, false, 1, true))) {
            assertThat(mixed.parts().settings().enableMixedMessageType()).isTrue();
            mixed.call(new FakeRequest(RequestCode.UPDATE_BROKER_CONFIG).body("enableMixedMessageType=false"));
            assertThat(mixed.parts().settings().enableMixedMessageType()).isFalse();
            mixed.call(new FakeRequest(RequestCode.UPDATE_BROKER_CONFIG).body("enableMixedMessageType="));
            assertThat(mixed.parts().settings().enableMixedMessageType()).isTrue();
        }
    }

    @Test
    void anythingThatCannotBeSetIsNamedAndNothingIsSetThen() {
        FakeRequest fixed = set("maxMessageSize=2048\nlistenPort=1\nnoSuchKey=2");
        assertThat(fixed.replyCode()).isEqualTo(16);
        assertThat(fixed.replyRemark())
                .contains("listenPort, noSuchKey cannot be changed", "These can be: autoCreateSubscriptionGroup");
        String[] bad = {
            "maxMessageSize=x",
            "maxMessageSize=-1",
            "maxMessageSize=99999999999",
            "maxMessageSize=1",
            "brokerPermission=7",
            "autoCreateTopicEnable=yes",
            "deleteWhen=25",
            "deleteWhen=04;",
            "fileReservedTime=0",
            "diskMaxUsedSpaceRatio=100",
            "defaultTopicQueueNums=1025",
            "timerMaxDelaySec=31622401",
            "timerCongestNumEachSlot=0",
            "defaultMessageRequestMode=PUSH",
            "popInflightMessageThreshold=100001",
        };
        for (String line : bad) {
            FakeRequest refused = set("fileReservedTime=7\n" + line);
            assertThat(refused.replyCode()).as(line).isEqualTo(29);
            assertThat(refused.replyRemark()).contains(line.substring(0, line.indexOf('=')), "Nothing was changed");
        }
        assertThat(set("a=\\u12").replyCode()).isEqualTo(1);
        assertThat(set("#" + "x".repeat(70_000)).replyCode()).isEqualTo(1);
        assertThat(set("x".repeat(60_000) + "=1").replyRemark()).hasSizeLessThan(1_000);
        assertThat(broker.state().part(RuntimeConfig.class).changes()).isZero();
    }

    @Test
    void nothingIsProposedForWhatIsSetAlready() {
        set("fileReservedTime=5");
        broker.group().hold();
        assertThat(broker.call(new FakeRequest(RequestCode.UPDATE_BROKER_CONFIG).body("fileReservedTime=5"))
                        .replyCode())
                .isZero();
        assertThat(broker.group().pendingEntries()).isZero();
    }
}
