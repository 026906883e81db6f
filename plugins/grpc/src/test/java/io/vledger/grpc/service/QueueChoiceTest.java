package io.vledger.grpc.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.grpc.broker.TopicRoute;
import io.vledger.grpc.broker.TopicRoute.BrokerQueues;
import io.vledger.grpc.broker.TopicRoute.Queue;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QueueChoiceTest {
    private static final TopicRoute ROUTE = new TopicRoute(
            List.of(new BrokerQueues("a", 2, 2, 6), new BrokerQueues("b", 3, 3, 4), new BrokerQueues("c", 1, 1, 2)),
            "NORMAL");

    @Test
    void messagesWithoutAGroupGoToEachWritableQueueInTurn() {
        QueueChoice choice = new QueueChoice();
        Set<Queue> chosen = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            chosen.add(choice.choose(ROUTE, ""));
        }
        assertThat(chosen).containsExactlyInAnyOrder(new Queue("a", 0), new Queue("a", 1), new Queue("c", 0));
    }

    @Test
    void aMessageGroupKeepsItsQueue() {
        QueueChoice choice = new QueueChoice();
        Queue first = choice.choose(ROUTE, "order-7");
        for (int i = 0; i < 5; i++) {
            choice.choose(ROUTE, "");
            assertThat(choice.choose(ROUTE, "order-7")).isEqualTo(first);
        }
    }

    /** As Guava's {@code Hashing.consistentHash}, which the proxy uses, at 32.0.1. */
    @Test
    void theQueueOfAGroupIsTheOneThatTheProxyChooses() {
        long[] keys = {0, 1, -1, "order-7".hashCode(), Long.MAX_VALUE};
        int[] ofEight = new int[keys.length];
        for (int i = 0; i < keys.length; i++) {
            ofEight[i] = QueueChoice.bucket(keys[i], 8);
        }
        assertThat(ofEight).containsExactly(0, 6, 7, 4, 7);
    }

    @Test
    void nothingIsChosenWhereNothingMayBeWritten() {
        TopicRoute readOnly = new TopicRoute(List.of(new BrokerQueues("b", 3, 3, 4)), "NORMAL");
        assertThat(new QueueChoice().choose(readOnly, "")).isNull();
    }
}
