package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Sent;
import io.vledger.acceptance.fixture.Target;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The mqadmin commands of rocketmq-tools 5.5.0 that operators use. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MqadminIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path directory = WorkDirectory.of(MqadminIT.class);
    private final Topics topics = new Topics();
    private Target target;
    private ClientProcess client;
    private String cluster = "";
    private String broker = "";
    private String leader = "";

    @BeforeAll
    void start() {
        target = Target.start(directory);
        client = ClientProcess.start(ClientRelease.V5, target.nameServer(), directory);
        String topic = topics.next("first");
        client.createTopic(topic, 1);
        Line route = client.call("route", "topic", topic);
        cluster = route.text("cluster");
        broker = route.text("name");
        leader = route.text("broker.0");
    }

    @AfterAll
    void stop() {
        client.close();
        target.close();
    }

    private String topic(String purpose) {
        String topic = topics.next(purpose);
        client.createTopic(topic, 2);
        return topic;
    }

    @Test
    void clusterListShowsTheLeaderAsZero() {
        String printed = Await.until(
                "all three are registered",
                LIMIT,
                () -> client.mqadmin("clusterList"),
                text -> text.lines().filter(line -> line.startsWith(cluster)).count() == 3);
        assertThat(printed).contains(cluster, broker).containsPattern("\\s0\\s+" + leader.replace(".", "\\."));
    }

    @Test
    void topicListAndTopicRouteKnowATopic() {
        String topic = topic("listed");
        assertThat(client.mqadmin("topicList")).contains(topic);
        assertThat(client.mqadmin("topicRoute -t " + topic)).contains(broker, leader);
    }

    @Test
    void topicStatusShowsEveryQueue() {
        String topic = topic("status");
        client.send("topic", topic, "body", "m", "count", 3, "queue", 1);
        String printed = client.mqadmin("topicStatus -t " + topic);
        assertThat(printed).containsPattern(broker + "\\s+0\\s+0\\s+0");
        assertThat(printed).containsPattern(broker + "\\s+1\\s+0\\s+3\\s+20");
    }

    @Test
    void updateTopicCreatesAndDeleteTopicRemoves() {
        String topic = topics.next("updated");
        assertThat(client.mqadmin("updateTopic -c " + cluster + " -t " + topic + " -r 3 -w 3"))
                .contains("success");
        Await.until(
                "three queues",
                LIMIT,
                () -> client.call("route", "topic", topic).number("writeQueues"),
                queues -> queues == 3);
        client.send("topic", topic, "body", "m");
        assertThat(client.mqadmin("deleteTopic -c " + cluster + " -t " + topic)).contains("success");
        // A member that learns of topic and deletion late may show it to its name server for a moment more.
        Await.until(
                "no name server knows it",
                LIMIT,
                () -> client.mqadmin("topicRoute -t " + topic),
                printed -> printed.contains("No topic route info"));
        assertThat(client.mqadmin("topicList")).doesNotContain(topic);
    }

    @Test
    void updateSubGroupIsObeyed() {
        String group = "g_" + topics.next("group");
        assertThat(client.mqadmin("updateSubGroup -c " + cluster + " -g " + group + " -r 2"))
                .contains("success");
        assertThat(client.mqadmin("getConsumerConfig -g " + group)).containsPattern("retryMaxTimes\\s*=\\s*2");
    }

    @Test
    void consumerProgressShowsHowFarAGroupIs() {
        String topic = topic("progress");
        String group = "g_" + topic;
        client.send("topic", topic, "body", "m", "count", 4, "queue", 1);
        client.call("push", "name", topic, "group", group, "topic", topic);
        client.awaitBodies(topic, 4);
        Await.until(
                "four of four",
                LIMIT,
                () -> client.mqadmin("consumerProgress -g " + group),
                printed -> java.util.regex.Pattern.compile(topic + "\\s+" + broker + "\\s+1\\s+4\\s+4\\s+0")
                        .matcher(printed)
                        .find());
        assertThat(client.mqadmin("consumerProgress")).contains(group);
        client.stop(topic);
    }

    @Test
    void brokerStatusHasTheUsualFigures() {
        assertThat(client.mqadmin("brokerStatus -b " + leader))
                .contains("brokerVersionDesc", "commitLogMaxOffset", "commitLogDiskRatio", "putTps", "bootTimestamp");
    }

    @Test
    void queryMsgByIdFindsAMessage() {
        String topic = topic("query");
        Sent sent = client.send("topic", topic, "body", "sought", "keys", "k7").get(0);
        assertThat(client.mqadmin("queryMsgById -t " + topic + " -i " + sent.offsetId()))
                .contains(topic, "k7", "Queue Offset:");
        Await.until(
                "found by key",
                LIMIT,
                () -> client.mqadmin("queryMsgByKey -t " + topic + " -k k7"),
                printed -> printed.contains(sent.id()));
    }

    @Test
    void queryMsgByKeyKeepsToItsSpanOfTime() {
        String topic = topic("span");
        Sent early = client.send("topic", topic, "body", "m", "keys", "k8").get(0);
        long between = System.currentTimeMillis() + 1;
        Await.until("the clock advances", LIMIT, () -> System.currentTimeMillis() > between + 1);
        Sent late = client.send("topic", topic, "body", "m", "keys", "k8").get(0);
        String query = "queryMsgByKey -t " + topic + " -k k8";
        finds(query + " -b " + between + " -e " + (between + 3_600_000), late, early);
        finds(query + " -b " + (between - 3_600_000) + " -e " + between, early, late);
    }

    private void finds(String query, Sent wanted, Sent unwanted) {
        String printed =
                Await.until("found by key", LIMIT, () -> client.mqadmin(query), text -> text.contains(wanted.id()));
        assertThat(printed).doesNotContain(unwanted.id());
    }

    @Test
    void sendMessageAndConsumeMessageMoveAMessage() {
        String topic = topic("tools");
        assertThat(client.mqadmin("sendMessage -t " + topic + " -p hello -b " + broker + " -i 0"))
                .contains("SEND_OK");
        assertThat(client.mqadmin("consumeMessage -t " + topic + " -b " + broker + " -i 0 -o 0 -c 1"))
                .contains("Consume ok");
    }
}
