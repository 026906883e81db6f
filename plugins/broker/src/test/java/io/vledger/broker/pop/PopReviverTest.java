package io.vledger.broker.pop;

import static io.vledger.broker.pop.PopClient.GROUP;
import static io.vledger.broker.pop.PopClient.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vledger.api.group.Refusal;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.testing.TestBroker;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PopReviverTest {
    private static final String RETRY = "%RETRY%" + GROUP + "_" + TOPIC;
    /** More than are begun at once. */
    private static final int MANY = 200;

    @Test
    void manyMessagesThatAreDueOutlastAFullDiskWithOneLineInTheLog() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(PopReviver.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try (TestBroker broker = TestBroker.leader()) {
            PopClient client = new PopClient(broker);
            broker.topic(TOPIC, 1);
            broker.topic(RETRY, 1);
            for (int i = 0; i < MANY; i++) {
                broker.call(broker.send(TOPIC, 0, "m"));
                assertThat(client.pop(1, 10_000)).hasSize(1);
            }
            broker.group().hold();
            broker.group().advance(11_000);
            broker.group().refuse(Refusal.DISK_FULL);
            broker.group().commitHeld();
            broker.group().advance(5_000);
            assertThat(lines.list).hasSize(1);
            assertThat(lines.list.get(0).getFormattedMessage()).contains("stay invisible: DISK_FULL");

            broker.group().refuse(null);
            broker.group().advance(5_000);
            TopicQueue retried = Objects.requireNonNull(
                    Objects.requireNonNull(broker.state().topics().find(RETRY)).queue(0));
            assertThat(retried.maxOffset()).isEqualTo(MANY);
            assertThat(broker.group().callbackFailures()).isEmpty();
        } finally {
            logger.detachAppender(lines);
        }
    }
}
