package io.vledger.broker.pop;

import static io.vledger.broker.pop.PopClient.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.pop.PopClient.Popped;
import io.vledger.broker.testing.TestBroker;
import io.vledger.testkit.fake.FakeRequest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pops whose filter reads the properties of messages. */
class PopFilterTest {
    private final TestBroker broker = TestBroker.leader();
    private final PopClient client = new PopClient(broker);

    @BeforeEach
    void topic() {
        broker.topic(TOPIC, 1);
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private void send(int count) {
        for (int i = 0; i < count; i++) {
            broker.call(broker.send(TOPIC, 0, "m" + i, "price", i % 8 == 3 ? "17" : "3"));
        }
    }

    private FakeRequest expensive(int max, int price) {
        return client.popRequest(-1, max, 10_000, 0)
                .with("exp", "price > " + price)
                .with("expType", "SQL92");
    }

    private static List<String> bodies(FakeRequest answer) {
        return PopClient.read(answer).stream().map(Popped::body).toList();
    }

    @Test
    void aPopIsFilledFromAsManyMessagesAsItTakes() {
        send(100);
        List<Popped> popped = PopClient.read(broker.call(expensive(10, 5)));
        assertThat(popped)
                .extracting(Popped::queueOffset)
                .containsExactly(3L, 11L, 19L, 27L, 35L, 43L, 51L, 59L, 67L, 75L);
        assertThat(client.consumerOffset(0)).isEqualTo(3);
        popped.forEach(message -> assertThat(client.ack(message)).isZero());
        assertThat(client.consumerOffset(0)).isEqualTo(76);
        assertThat(bodies(broker.call(expensive(32, 5)))).containsExactly("m83", "m91", "m99");
        assertThat(bodies(broker.call(expensive(32, 5)))).isEmpty();
    }

    @Test
    void oneThatSelectsNothingPassesOverEverything() {
        send(40);
        assertThat(bodies(broker.call(expensive(32, 20)))).isEmpty();
        assertThat(client.consumerOffset(0)).isEqualTo(40);
    }

    @Test
    void theRestIsWhatWasNotLookedAt() {
        send(100);
        assertThat(broker.call(expensive(10, 5)).replyField("restNum")).isEqualTo("24");
    }

    @Test
    void nextOfThoseThatWaitIsServedWithTheRest() {
        FakeRequest first = broker.call(waiting());
        FakeRequest second = broker.call(waiting());
        broker.group().hold();
        for (int i = 0; i < 16; i++) {
            broker.begin(broker.send(TOPIC, 0, "m" + i, "price", i % 8 == 3 ? "17" : "3"));
        }
        broker.group().settle();
        broker.group().commitHeld();
        broker.group().settle();
        assertThat(bodies(first)).containsExactly("m3");
        assertThat(bodies(second)).containsExactly("m11");
    }

    private FakeRequest waiting() {
        return client.popRequest(-1, 1, 10_000, 15_000).with("exp", "price > 5").with("expType", "SQL92");
    }
}
