package io.vledger.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonFields;
import io.vledger.testkit.fake.FakeRequest;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What 315 shows of topics and groups, as the leader changes. */
class MetersTest {
    private TestBroker broker;

    @BeforeEach
    void open() throws Exception {
        broker = TestBroker.leader();
        broker.topic("T", 1);
        broker.call(new FakeRequest(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP).body("{\"groupName\":\"g\"}"));
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private long sum(String name, String key) {
        FakeRequest stats = broker.call(new FakeRequest(RequestCode.VIEW_BROKER_STATS_DATA)
                .with("statsName", name)
                .with("statsKey", key));
        if (stats.replyCode() != 0) {
            return -1;
        }
        Map<Object, Object> day = JsonFields.object(Json.readObject(stats.replyText()), "statsDay");
        return JsonFields.longNumber(day, "sum", -1);
    }

    @Test
    void statisticsHoldThroughAChangeOfLeader() {
        assertThat(sum("TOPIC_PUT_NUMS", "T")).isEqualTo(-1);
        // Entries that no send of this member made, as a follower applies them.
        broker.message("T", 0, "a", "");
        broker.message("T", 0, "b", "");
        broker.group().follow("n1");
        assertThat(sum("TOPIC_PUT_NUMS", "T")).isEqualTo(2);
        assertThat(sum("TOPIC_PUT_SIZE", "T")).isGreaterThan(100);
        broker.group().advance(11_000);
        assertThat(sum("BROKER_PUT_NUMS", "Cluster")).isEqualTo(2);
        broker.group().lead();
        broker.message("T", 0, "c", "");
        assertThat(sum("TOPIC_PUT_NUMS", "T")).isEqualTo(3);
    }

    @Test
    void aLeaderCountsWhatItGivesOutAndTheOthersWhatGroupsCommit() {
        broker.message("T", 0, "a", "");
        broker.consumed("g", "T", 0, 0);
        broker.group().advance(11_000);
        broker.consumed("g", "T", 0, 1);
        broker.parts().traffic().out("T@g", 5, 500);
        broker.group().advance(11_000);
        assertThat(sum("GROUP_GET_NUMS", "T@g")).isEqualTo(5);
        assertThat(sum("GROUP_GET_SIZE", "T@g")).isEqualTo(500);
        broker.consumed("g", "T", 0, 3);
        broker.group().follow("n1");
        broker.group().advance(11_000);
        assertThat(sum("GROUP_GET_NUMS", "T@g")).isEqualTo(7);
        broker.group().lead();
        broker.parts().traffic().out("T@g", 1, 10);
        broker.group().advance(11_000);
        assertThat(sum("GROUP_GET_NUMS", "T@g")).isEqualTo(8);
    }
}
