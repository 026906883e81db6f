package io.vledger.nameservice;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.nameservice.Registration.QueueData;
import io.vledger.nameservice.Registration.Version;
import io.vledger.nameservice.RouteTable.OwnGroup;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RouteTableTest {
    private static final QueueData FOUR = new QueueData(4, 4, 6, 0);
    private static final QueueData EIGHT = new QueueData(8, 8, 6, 0);
    private static final Map<String, QueueData> TOPICS = Map.of("T", FOUR, "S", FOUR);

    private final RouteTable table = new RouteTable();
    private final RouteOwner one = new RouteOwner.Discovered("one");
    private final RouteOwner two = new RouteOwner.Discovered("two");

    @Test
    void aMasterBringsItsTopicsAndASlaveItsAddress() {
        assertThat(register("b", "h:1", 0, 1, TOPICS, one).accepted()).isTrue();
        RouteTable.Outcome slave = register("b", "h:2", 2, 1, Map.of("X", FOUR, "Y", FOUR), two);
        assertThat(slave.masterAddress()).isEqualTo("h:1");
        assertThat(slave.haAddress()).isEqualTo("ha:h:1");
        assertThat(addresses("b")).isEqualTo(Map.of(0L, "h:1", 2L, "h:2"));
        assertThat(route("T", true).queues()).containsEntry("b", FOUR);
        assertThat(table.route("X", true)).isNull();
    }

    @Test
    void aFirstRegistrationWithOneTopicIsRefused() {
        assertThat(register("b", "h:1", 0, 1, Map.of("T", FOUR), one).accepted())
                .isFalse();
        assertThat(table.brokers()).isEmpty();
        register("b", "h:1", 0, 1, TOPICS, one);
        assertThat(register("b", "h:1", 0, 1, Map.of("U", FOUR), one).accepted())
                .isTrue();
    }

    @Test
    void aDeposedMasterIsFencedByItsStateVersion() {
        register("b", "h:1", 0, 5, TOPICS, one);
        register("b", "h:2", 0, 6, Map.of("T", EIGHT, "S", FOUR), two);
        assertThat(addresses("b")).isEqualTo(Map.of(0L, "h:2"));
        assertThat(route("T", true).queues()).containsEntry("b", EIGHT);
        assertThat(register("b", "h:1", 0, 5, TOPICS, one).accepted())
                .as("silently")
                .isTrue();
        assertThat(addresses("b")).isEqualTo(Map.of(0L, "h:2"));
        assertThat(route("T", true).queues()).containsEntry("b", EIGHT);
    }

    @Test
    void anAddressHasOneId() {
        register("b", "h:1", 0, 1, TOPICS, one);
        register("b", "h:1", 3, 2, TOPICS, one);
        assertThat(addresses("b")).isEqualTo(Map.of(3L, "h:1"));
    }

    @Test
    void topicsChangeOnlyWithTheVersionAndAreNotRemoved() {
        registerVersion(new Version(1, 10, 1), Map.of("T", FOUR, "S", FOUR));
        registerVersion(new Version(1, 10, 1), Map.of("T", EIGHT, "U", FOUR));
        assertThat(route("T", true).queues()).containsEntry("b", FOUR);
        registerVersion(new Version(1, 10, 2), Map.of("T", EIGHT, "U", FOUR));
        assertThat(route("T", true).queues()).containsEntry("b", EIGHT);
        assertThat(table.topics(queue -> true)).containsExactly("S", "T", "U");
    }

    @Test
    void aClosedConnectionTakesItsBrokersAndTheLastOneTheTopics() {
        register("b", "h:1", 0, 1, TOPICS, one);
        register("b", "h:2", 2, 1, TOPICS, two);
        table.ownerGone(one);
        assertThat(addresses("b")).isEqualTo(Map.of(2L, "h:2"));
        assertThat(table.route("T", true)).isNotNull();
        table.ownerGone(two);
        assertThat(table.brokers()).isEmpty();
        assertThat(table.route("T", true)).isNull();
        assertThat(table.topics(queue -> true)).isEmpty();
    }

    @Test
    void aConnectionThatWasReplacedTakesNothing() {
        register("b", "h:1", 0, 1, TOPICS, one);
        register("b", "h:1", 0, 1, TOPICS, two);
        table.ownerGone(one);
        assertThat(addresses("b")).isEqualTo(Map.of(0L, "h:1"));
    }

    @Test
    void silentBrokersExpire() {
        table.register(registration("b", "h:1", 0, new Version(1, 1, 1), TOPICS), one, 1000);
        table.expire(1000 + Registration.EXPIRY_MS);
        assertThat(addresses("b")).hasSize(1);
        assertThat(table.alive("c", "h:1", 5000)).isTrue();
        table.expire(5000 + Registration.EXPIRY_MS);
        assertThat(addresses("b")).hasSize(1);
        table.expire(5001 + Registration.EXPIRY_MS);
        assertThat(table.brokers()).isEmpty();
        assertThat(table.alive("c", "h:1", 1)).isFalse();
    }

    @Test
    void unregisteringRemovesTheAddress() {
        register("b", "h:1", 0, 1, TOPICS, one);
        table.unregister("c", "b", "h:1", 1);
        assertThat(table.brokers()).isEmpty();
    }

    @Test
    void aFollowerShowsTheLeaderThatItKnows() {
        table.publish(own("h:2", 3, 7, "h:1", TOPICS), 0);
        assertThat(addresses("b")).isEqualTo(Map.of(0L, "h:1", 3L, "h:2"));
        table.publish(own("h:2", 3, 7, null, TOPICS), 0);
        assertThat(addresses("b")).as("no leader").isEqualTo(Map.of(3L, "h:2"));
        table.publish(own("h:2", 3, 8, "h:9", TOPICS), 0);
        assertThat(addresses("b")).isEqualTo(Map.of(0L, "h:9", 3L, "h:2"));
        table.publish(own("h:2", 0, 9, "h:2", TOPICS), 0);
        assertThat(addresses("b")).as("leads itself").isEqualTo(Map.of(0L, "h:2"));
    }

    @Test
    void theLeaderThatRegistersTakesOverItsOwnPlace() {
        table.publish(own("h:2", 3, 7, "h:1", TOPICS), 0);
        register("b", "h:1", 0, 7, TOPICS, one);
        table.publish(own("h:2", 3, 7, "h:1", TOPICS), 0);
        assertThat(addresses("b")).isEqualTo(Map.of(0L, "h:1", 3L, "h:2"));
        table.ownerGone(one);
        assertThat(addresses("b")).as("its connection is gone").isEqualTo(Map.of(3L, "h:2"));
    }

    @Test
    void aLeaderThatUnregistersIsShownUntilAnotherIsKnown() {
        table.publish(own("h:2", 3, 7, "h:1", TOPICS), 0);
        register("b", "h:1", 0, 7, TOPICS, one);
        table.unregister("c", "b", "h:1", 1);
        table.ownerGone(one);
        assertThat(addresses("b")).isEqualTo(Map.of(0L, "h:1", 3L, "h:2"));
        table.publish(own("h:2", 3, 8, "h:9", TOPICS), 0);
        assertThat(addresses("b")).isEqualTo(Map.of(0L, "h:9", 3L, "h:2"));
    }

    @Test
    void whatALeaderRegisteredBeforeItWasElectedDoesNotDeposeIt() {
        register("b", "h:1", 1, 7, TOPICS, one);
        table.publish(own("h:2", 3, 8, "h:1", TOPICS), 0);
        register("b", "h:1", 1, 8, TOPICS, one); // as a candidate, and read here late
        assertThat(addresses("b")).isEqualTo(Map.of(0L, "h:1", 3L, "h:2"));
        register("b", "h:1", 1, 9, TOPICS, one);
        assertThat(addresses("b")).isEqualTo(Map.of(1L, "h:1", 3L, "h:2"));
    }

    @Test
    void aKnownTermFencesMastersOfEarlierOnes() {
        register("b", "h:1", 0, 7, TOPICS, one);
        table.publish(own("h:2", 3, 8, null, TOPICS), 0);
        assertThat(addresses("b")).isEqualTo(Map.of(3L, "h:2"));
        register("b", "h:1", 0, 7, TOPICS, one);
        assertThat(addresses("b")).isEqualTo(Map.of(3L, "h:2"));
        register("b", "h:1", 1, 8, TOPICS, one);
        assertThat(addresses("b")).isEqualTo(Map.of(1L, "h:1", 3L, "h:2"));
        table.publish(own("h:2", 0, 8, "h:2", TOPICS), 0);
        register("b", "h:1", 0, 7, TOPICS, one);
        assertThat(addresses("b")).containsEntry(0L, "h:2");
        register("b", "h:1", 0, 9, TOPICS, one);
        assertThat(addresses("b")).as("a later leader").containsEntry(0L, "h:1");
        table.publish(own("h:2", 0, 8, "h:2", TOPICS), 0);
        assertThat(addresses("b")).as("term 9 is not known yet").containsEntry(0L, "h:1");
    }

    @Test
    void ownTopicsComeAndGoWithTheGroup() {
        table.publish(own("h:2", 0, 1, "h:2", TOPICS), 0);
        table.publish(own("h:2", 0, 1, "h:2", Map.of("T", EIGHT, "U", FOUR)), 0);
        assertThat(table.topics(queue -> true)).containsExactly("T", "U");
        assertThat(route("T", true).queues()).containsEntry("b", EIGHT);
        table.deleteTopic("U", null);
        table.withdraw("b");
        assertThat(table.brokers()).isEmpty();
        assertThat(table.topics(queue -> true)).isEmpty();
    }

    @Test
    void ownGroupsNeitherExpireNorAreUnregisteredByOthers() {
        table.publish(own("h:2", 0, 1, "h:2", TOPICS), 0);
        table.expire(Long.MAX_VALUE / 2);
        table.unregister("c", "b", "h:2", 1);
        assertThat(addresses("b")).isEqualTo(Map.of(0L, "h:2"));
    }

    @Test
    void writePermissionIsWipedAndAdded() {
        register("b", "h:1", 0, 1, TOPICS, one);
        assertThat(table.setWritable("b", false)).isEqualTo(2);
        assertThat(perm()).isEqualTo(4);
        assertThat(table.setWritable("b", true)).isEqualTo(2);
        assertThat(perm()).isEqualTo(6);
        assertThat(table.setWritable("other", true)).isZero();
    }

    @Test
    void topicsAreDeletedByCluster() {
        register("b", "h:1", 0, 1, TOPICS, one);
        table.deleteTopic("T", "other");
        assertThat(table.route("T", true)).isNotNull();
        assertThat(table.topicsOfCluster("c")).containsExactly("S", "T");
        table.deleteTopic("T", "c");
        assertThat(table.route("T", true)).isNull();
    }

    @Test
    void brokerIdsAreTheSameOnEveryNode() {
        List<String> digits = List.of("n0", "n1", "n2");
        assertThat(digits).extracting(node -> BrokerIds.of(node, digits)).containsExactly(1L, 2L, 3L);
        List<String> names = List.of("red", "blue");
        assertThat(names).extracting(node -> BrokerIds.of(node, names)).containsExactly(1L, 2L);
        List<String> alike = List.of("a1", "b1", "c2");
        assertThat(alike).extracting(node -> BrokerIds.of(node, alike)).containsExactly(1L, 2L, 3L);
        assertThat(BrokerIds.of("n7", List.of())).isEqualTo(8);
    }

    private Map<Long, String> addresses(String broker) {
        RouteTable.BrokerView view = table.broker(broker);
        return view == null ? Map.of() : view.addresses();
    }

    private RouteTable.Outcome register(
            String broker, String address, long id, long term, Map<String, QueueData> topics, RouteOwner owner) {
        return table.register(registration(broker, address, id, new Version(term, 1, 1), topics), owner, 0);
    }

    private void registerVersion(Version version, Map<String, QueueData> topics) {
        table.register(registration("b", "h:1", 0, version, topics), one, 0);
    }

    private static Registration registration(
            String broker, String address, long id, Version version, Map<String, QueueData> topics) {
        return new Registration("c", broker, address, id, "ha:" + address, Registration.EXPIRY_MS, version, topics);
    }

    @Test
    void producersAreShownAStandbyNameThatConsumersAndToolsDoNotSee() {
        table.publish(own("h:1", 0, 1, null, Map.of("T", FOUR, "TBW102", EIGHT, "O", FOUR)), 0);
        table.showStandby("b", new RouteTable.Standby("h:2", Map.of("T", 9, "TBW102", 8)));
        RouteTable.Route route = route("T", true);
        assertThat(route.queues()).containsEntry("b-standby", new QueueData(0, 4, 2, 0));
        assertThat(route.brokers()).anySatisfy(broker -> {
            assertThat(broker.name()).isEqualTo("b-standby");
            assertThat(broker.addresses()).isEqualTo(Map.of(0L, "h:2"));
        });
        assertThat(route("T", false).queues()).containsOnlyKeys("b");
        assertThat(table.standbyBrokers())
                .extracting(RouteTable.BrokerView::name)
                .containsExactly("b-standby");
        assertThat(route("TBW102", true).queues()).containsEntry("b-standby", new QueueData(8, 8, 2, 0));
        assertThat(route("O", true).queues()).containsOnlyKeys("b");
        assertThat(table.brokers()).extracting(RouteTable.BrokerView::name).containsExactly("b");

        table.setWritable("b", false);
        assertThat(route("T", true).queues()).containsOnlyKeys("b");
        table.withdraw("b");
        assertThat(table.route("T", true)).isNull();
    }

    @Test
    void aStandbyNameThatAMemberRegistersIsLeftToWhatThisNodeKnowsOfItsOwnGroup() {
        table.publish(own("h:1", 0, 1, null, TOPICS), 0);
        table.showStandby("b", new RouteTable.Standby("h:2", Map.of("T", 4)));
        register("b-standby", "h:3", 0, 1, TOPICS, two);
        assertThat(table.brokers()).extracting(RouteTable.BrokerView::name).containsExactly("b");
        assertThat(route("T", true).brokers())
                .filteredOn(broker -> broker.name().equals("b-standby"))
                .allSatisfy(broker -> assertThat(broker.addresses()).isEqualTo(Map.of(0L, "h:2")));
        register("a-standby", "h:3", 0, 1, TOPICS, two);
        assertThat(table.brokers()).extracting(RouteTable.BrokerView::name).containsExactly("a-standby", "b");
    }

    private RouteTable.Route route(String topic, boolean withStandby) {
        return requireNonNull(table.route(topic, withStandby));
    }

    private int perm() {
        return requireNonNull(route("T", true).queues().get("b")).perm();
    }

    private static OwnGroup own(
            String address, long id, long term, @Nullable String leader, Map<String, QueueData> topics) {
        return new OwnGroup("c", "b", address, id, term, leader, topics);
    }
}
