package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Differences;
import io.vledger.acceptance.fixture.RequestForms;
import io.vledger.acceptance.fixture.SideBySide;
import io.vledger.acceptance.fixture.SideBySide.Pair;
import io.vledger.acceptance.fixture.SideBySide.Request;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The same requests to RocketMQ 5.5.0 and to ours: well-formed, malformed, and at the borders of what is allowed. The answers are the
 * same in code, fields and shape, but for the differences that {@code beside/differences.txt} gives a reason for.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BesideRocketmqIT {
    private static final String HEARTBEAT =
            """
            {"clientID":"client-online","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET",\
            "consumeType":"CONSUME_PASSIVELY","groupName":"online","messageModel":"CLUSTERING","subscriptionDataSet":[\
            {"classFilterMode":false,"codeSet":[],"expressionType":"TAG","subString":"*","subVersion":1,"tagsSet":[],"topic":"known"}],\
            "unitMode":false},{"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET","consumeType":"CONSUME_PASSIVELY",\
            "groupName":"g_nobroadcast","messageModel":"BROADCASTING","subscriptionDataSet":[{"classFilterMode":false,"codeSet":[],\
            "expressionType":"TAG","subString":"*","subVersion":1,"tagsSet":[],"topic":"known"}],"unitMode":false}],\
            "heartbeatFingerprint":0,"producerDataSet":[{"groupName":"producers_online"}],"withoutSub":false}""";

    private final Path directory = WorkDirectory.of(BesideRocketmqIT.class);
    private SideBySide both;

    @BeforeAll
    void start() {
        both = SideBySide.start(directory, "timerWheelEnable=true");
        topic("known", 6);
        topic("sent", 6);
        topic("empty", 6);
        topic("readonly", 4);
        topic("writeonly", 2);
        group("{\"groupName\":\"g1\"}");
        group("{\"groupName\":\"online\"}");
        group("{\"groupName\":\"g_disabled\",\"consumeEnable\":false}");
        group("{\"groupName\":\"g_nobroadcast\",\"consumeBroadcastEnable\":false}");
        group("{\"groupName\":\"g_noretry\",\"retryQueueNums\":0}");
        group("{\"groupName\":\"g_pop\"}");
        group("{\"groupName\":\"g_peek\"}");
        for (int queue = 0; queue < 3; queue++) {
            for (int i = 0; i < 4; i++) {
                Pair sent = both.done(send(queue).body("m" + i));
                if (queue == 0 && i == 0) {
                    both.remember("$id", sent, "msgId");
                    both.remember("$position", position(sent.rocketmq()), position(sent.vledger()));
                }
            }
        }
        Pair popped = both.done(Request.of(
                200050,
                "consumerGroup",
                "g_pop",
                "topic",
                "known",
                "queueId",
                2,
                "maxMsgNums",
                2,
                "invisibleTime",
                60_000,
                "pollTime",
                0,
                "bornTime",
                System.currentTimeMillis(),
                "initMode",
                0));
        both.remember("$popTime", popped, "popTime");
        both.remember("$rq", popped, "reviveQid");
        both.answers("online", 307, "{\"properties\":{},\"statusTable\":{},\"subscriptionSet\":[]}");
        both.answers("online", 221, "{\"consumerTable\":{},\"messageQueueTable\":{}}");
        both.answers(
                "online",
                309,
                "{\"autoCommit\":true,\"consumeResult\":\"CR_SUCCESS\",\"order\":false,\"spentTimeMills\":1}");
        Pair heartbeat = both.ask("online", Request.of(34).body(HEARTBEAT));
        assertThat(heartbeat.rocketmq().code()).isZero();
        assertThat(heartbeat.vledger().code()).isZero();
    }

    @AfterAll
    void stop() {
        both.close();
    }

    private static Request send(int queue) {
        Map<String, String> fields = new LinkedHashMap<>();
        List.of("a=producers", "b=known", "c=TBW102", "d=4", "f=0", "h=0", "j=0")
                .forEach(field -> fields.put(field.substring(0, 1), field.substring(2)));
        fields.put("e", Integer.toString(queue));
        fields.put("g", Long.toString(System.currentTimeMillis()));
        fields.put("i", "KEYS\u0001k1\u0002TAGS\u0001a\u0002");
        return new Request(310, fields, null);
    }

    private void topic(String name, int permission) {
        both.done(Request.topic(name, 4, permission));
    }

    private void group(String json) {
        both.done(Request.of(200).body(json));
    }

    /** The last half of a message id is the message's place in the log. */
    private static String position(SideBySide.Answer sent) {
        String id = sent.fields().getOrDefault("msgId", "");
        return Long.toString(Long.parseLong(id.substring(id.length() - 16), 16));
    }

    @Test
    void everyRequestIsAnsweredAsByRocketmqOrDiffersForAReason() throws IOException {
        Differences differences = Differences.read("beside/differences.txt");
        List<RequestForms.Form> forms = new RequestForms().read("beside/requests.txt");
        assertThat(forms).hasSizeGreaterThan(500);
        for (RequestForms.Form form : forms) {
            differences.compare(form.name(), form.request(), both.ask(form.request()));
        }
        Files.write(directory.resolve("differences.log"), differences.unexplained());
        assertThat(differences.unexplained()).isEmpty();
        assertThat(differences.unused())
                .as("entries of differences.txt that nothing needs")
                .isEmpty();
    }
}
