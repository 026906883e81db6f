package io.vledger.grpc.broker;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Code;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.RouteSource;
import io.vledger.grpc.broker.NameServers.Found;
import io.vledger.grpc.broker.TopicRoute.BrokerQueues;
import io.vledger.grpc.call.StatusException;
import io.vledger.testkit.fake.ThreeMembers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RouteTableTest {
    private final List<String> asked = new ArrayList<>();
    private Future<Found> answer = Future.succeededFuture(Found.NOTHING);
    private long nowMs;
    private Found leaderSays = Found.NOTHING;
    private final RouteTable table = new RouteTable(
            new RouteTable.Asked() {
                @Override
                public Future<Found> find(String topic) {
                    asked.add(topic);
                    return answer;
                }

                @Override
                public Future<Found> atLeader(String group, String address, String topic) {
                    return address.equals(ThreeMembers.all().get(2).clientAddress())
                            ? Future.succeededFuture(leaderSays)
                            : Future.failedFuture("not the leader");
                }
            },
            () -> nowMs);
    private final Source here = new Source();

    /** A group of this process. */
    private static final class Source implements RouteSource {
        private List<Topic> topics = List.of();
        private String leader = "n1";
        private long version = 1;

        void topics(Topic... newTopics) {
            topics = List.of(newTopics);
            version++;
        }

        @Override
        public String group() {
            return "a";
        }

        @Override
        public String cluster() {
            return "c";
        }

        @Override
        public String clientAddress() {
            return ThreeMembers.all().get(1).clientAddress();
        }

        @Override
        public GroupStatus status() {
            return GroupStatus.builder("a", "n1")
                    .leader(leader)
                    .members(ThreeMembers.all())
                    .build();
        }

        @Override
        public TopicsView topics() {
            return new TopicsView(version, topics);
        }

        @Override
        public long topicsVersion() {
            return version;
        }

        @Override
        public AutoCloseable onChange(Runnable listener) {
            return () -> {};
        }
    }

    private static RouteSource.Topic topic(String name, int queues, Map<String, String> attributes) {
        return new RouteSource.Topic(name, queues, queues, 6, 0, false, attributes);
    }

    private static Found found(String broker) {
        return new Found(List.of(new BrokerQueues(broker, 4, 4, 6)), Map.of(broker, "127.0.0.2:9"), "");
    }

    @Test
    void anUnknownTopicIsRefusedUntilItIsThere() {
        table.locals(Map.of("a", here));
        assertThat(table.find("T").cause())
                .isInstanceOfSatisfying(StatusException.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(Code.TOPIC_NOT_FOUND));
        here.topics(topic("T", 2, Map.of("message.type", "FIFO")));
        TopicRoute route = table.find("T").result();
        assertThat(route.brokers()).containsExactly(new BrokerQueues("a", 2, 2, 6));
        assertThat(route.messageType()).isEqualTo("FIFO");
    }

    @Test
    void groupsOfOtherNodesAreJoinedAndAskedForAgainInTheBackground() {
        table.locals(Map.of("a", here));
        here.topics(topic("T", 2, Map.of()));
        answer = Future.succeededFuture(found("b"));
        assertThat(table.find("T").result().brokers())
                .extracting(BrokerQueues::broker)
                .containsExactly("a", "b");
        assertThat(table.address("b")).isEqualTo("127.0.0.2:9");
        assertThat(table.find("T").result().messageType()).isEqualTo("NORMAL");
        assertThat(asked).hasSize(1);

        nowMs += 4_000;
        Promise<Found> slow = Promise.promise();
        answer = slow.future();
        assertThat(table.find("T").result().brokers()).hasSize(2);
        assertThat(table.find("T").result().brokers()).hasSize(2);
        assertThat(asked).hasSize(2);
        slow.complete(Found.NOTHING);
        assertThat(table.find("T").result().brokers())
                .extracting(BrokerQueues::broker)
                .containsExactly("a");
    }

    @Test
    void whatANameServerSaysOfAGroupHereDoesNotCount() {
        table.locals(Map.of("a", here));
        here.topics(topic("T", 2, Map.of()));
        answer = Future.succeededFuture(found("a"));
        assertThat(table.find("T").result().brokers()).containsExactly(new BrokerQueues("a", 2, 2, 6));
    }

    @Test
    void aTopicThatThisMemberHasNotLearntOfIsWhereANameServerSays() {
        table.locals(Map.of("a", here));
        assertThat(table.find("T").failed()).isTrue();
        answer = Future.succeededFuture(found("a"));
        assertThat(table.find("T").result().brokers()).containsExactly(new BrokerQueues("a", 4, 4, 6));
        here.topics(topic("T", 2, Map.of()));
        assertThat(table.find("T").result().brokers()).containsExactly(new BrokerQueues("a", 2, 2, 6));
    }

    @Test
    void aTopicThatNoNameServerShowsYetIsWhereTheLeaderHasIt() {
        table.locals(Map.of("a", here));
        here.leader = "n2";
        assertThat(table.find("T").failed()).isTrue();
        leaderSays = found("a");
        assertThat(table.find("T").result().brokers()).containsExactly(new BrokerQueues("a", 4, 4, 6));
        answer = Future.failedFuture("unreachable");
        assertThat(table.find("U").succeeded()).isTrue();
    }

    @Test
    void aTopicThatWasDeletedIsNotFoundInAnEarlierAnswer() {
        table.locals(Map.of("a", here));
        here.topics(topic("T", 2, Map.of()));
        answer = Future.succeededFuture(found("a"));
        assertThat(table.find("T").succeeded()).isTrue();
        here.topics(new RouteSource.Topic[0]);
        answer = Future.succeededFuture(Found.NOTHING);
        assertThat(table.find("T").failed()).isTrue();
    }

    @Test
    void whoAsksAfterATopicWasCreatedIsNotGivenAnEarlierAnswer() {
        table.locals(Map.of("a", here));
        Promise<Found> earlier = Promise.promise();
        answer = earlier.future();
        Future<TopicRoute> before = table.find("T");
        Future<TopicRoute> after = table.find("T");
        answer = Future.succeededFuture(found("a"));
        earlier.complete(Found.NOTHING);
        assertThat(before.failed()).isTrue();
        assertThat(after.succeeded()).isTrue();
        assertThat(asked).hasSize(2);
    }

    @Test
    void theLeaderIsElsewhereUnlessItIsThisMember() {
        table.locals(Map.of("a", here));
        assertThat(table.leaderElsewhere("a")).isNull();
        here.leader = "n2";
        assertThat(table.leaderElsewhere("a"))
                .isEqualTo(ThreeMembers.all().get(2).clientAddress());
        assertThat(table.leaderElsewhere("b")).isNull();
    }

    @Test
    void aNameServerThatDoesNotAnswerHidesNoTopicOfThisNode() {
        table.locals(Map.of("a", here));
        here.topics(topic("T", 2, Map.of()));
        answer = Future.failedFuture("unreachable");
        assertThat(table.find("T").result().brokers()).hasSize(1);
    }
}
