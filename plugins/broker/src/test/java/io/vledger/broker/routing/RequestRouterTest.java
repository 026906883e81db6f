package io.vledger.broker.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vledger.api.group.Refusal;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A member of three; n1 leads at first. */
class RequestRouterTest {
    private final List<FakeRelay> relays = new ArrayList<>();
    private final TestBroker node = TestBroker.forwarding(address -> {
        FakeRelay made = new FakeRelay(address);
        relays.add(made);
        return made;
    });
    private final TestBroker leader = TestBroker.leader();

    @AfterEach
    void close() throws Exception {
        node.close();
        leader.close();
    }

    private FakeRelay relay() {
        return relays.get(relays.size() - 1);
    }

    /** The relay to n1, connected. */
    private FakeRelay connected() {
        node.group().follow("n1");
        node.group().settle();
        FakeRelay made = relay();
        assertThat(made.address).isEqualTo("127.0.0.1:10912");
        made.open();
        return made;
    }

    private FakeRequest send(int number) {
        return node.call(node.send("T", 0, "m" + number));
    }

    private static List<String> stored(TestBroker broker) {
        FakeRequest pull = broker.call(broker.pull("T", 0, 0));
        return TestBroker.messages(pull.replyBody()).stream()
                .map(TestBroker.Message::body)
                .toList();
    }

    @Test
    void aFollowerRelaysSendsAndPullsToTheLeader() {
        FakeRelay relay = connected();
        FakeRequest sent = send(1);
        assertThat(sent.replied()).isFalse();
        relay.arriveAt(leader);
        assertThat(sent.replyCode()).isEqualTo(ResponseCode.SUCCESS);
        FakeRequest pulled = node.call(node.pull("T", 0, 0));
        relay.arriveAt(leader);
        assertThat(TestBroker.messages(pulled.replyBody())).hasSize(1);
        assertThat(relay.inFlight).isEmpty();
    }

    @Test
    void whatEveryMemberAnswersFromItsOwnStateIsNotRelayed() {
        FakeRelay relay = connected();
        FakeRequest heartbeat = node.call(new FakeRequest(RequestCode.HEART_BEAT)
                .body("{\"clientID\":\"c\",\"consumerDataSet\":[],\"producerDataSet\":[]}"
                        .getBytes(StandardCharsets.UTF_8)));
        assertThat(heartbeat.replyCode()).isZero();
        assertThat(node.call(new FakeRequest(RequestCode.GET_BROKER_RUNTIME_INFO))
                        .replyCode())
                .isZero();
        assertThat(relay.inFlight).isEmpty();
    }

    @Test
    void withoutALeaderRequestsWaitInTheirOrder() {
        node.group().follow(null);
        node.group().settle();
        List<FakeRequest> sent = List.of(send(1), send(2), send(3));
        node.group().advance(1_500);
        node.group().follow("n2");
        node.group().settle();
        assertThat(relay().address).isEqualTo("127.0.0.1:10913");
        relay().open();
        node.group().settle();
        FakeRequest fourth = send(4);
        assertThat(relay().requests()).containsExactly(sent.get(0), sent.get(1), sent.get(2), fourth);
        relay().arriveAt(leader);
        assertThat(stored(leader)).containsExactly("m1", "m2", "m3", "m4");
    }

    @Test
    void withoutALeaderForTooLongTheyAreRefusedAsRetryable() {
        node.group().follow(null);
        node.group().settle();
        FakeRequest sent = send(1);
        FakeConnection asking = new FakeConnection();
        node.call(new FakeRequest(RequestCode.QUERY_CONSUMER_OFFSET)
                .on(asking)
                .with("consumerGroup", "g")
                .with("topic", "T")
                .with("queueId", 0));
        node.group().advance(RequestRouter.MAX_WAIT_MS - 100);
        assertThat(sent.replied()).isFalse();
        node.group().advance(200);
        assertThat(sent.replyCode()).isEqualTo(ResponseCode.SERVICE_NOT_AVAILABLE);
        node.group().advance(2_500);
        assertThat(asking.open()).isFalse(); // never a code, see ConsumerOffsetHandler
    }

    @Test
    void theBytesThatWaitAreBounded() {
        node.group().follow(null);
        node.group().settle();
        int taken = 0;
        FakeRequest last = send(0);
        while (!last.replied() && taken < 1_000) {
            last = node.call(node.send("T", 0, "x".repeat(60_000)));
            taken++;
        }
        assertThat(last.replyCode()).isEqualTo(ResponseCode.SYSTEM_BUSY);
        assertThat(taken * 60_000L).isBetween(ForwardQueue.MAX_BYTES - 200_000, ForwardQueue.MAX_BYTES + 200_000);
    }

    @Test
    void tooMuchInFlightIsRefusedAsBusy() {
        connected().full = true;
        assertThat(send(1).replyCode()).isEqualTo(ResponseCode.SYSTEM_BUSY);
    }

    @Test
    void aLeaderThatTransfersLeadershipLetsRequestsWaitAndRelaysThem() {
        node.group().lead();
        node.group().settle();
        assertThat(send(1).replyCode()).isZero();
        node.group().refuse(Refusal.TRANSFERRING);
        FakeRequest second = send(2);
        assertThat(second.replied()).isFalse();
        assertThat(node.call(node.pull("T", 0, 0)).replyCode()).isZero(); // reading goes on
        node.group().advance(100);
        node.group().follow("n1");
        node.group().settle();
        FakeRequest third = send(3);
        relay().open();
        node.group().settle();
        assertThat(relay().requests()).containsExactly(second, third);
    }

    @Test
    void aLeaderWhoseTransferFailsServesWhatWaited() {
        node.group().lead();
        node.group().settle();
        node.group().refuse(Refusal.TRANSFERRING);
        FakeRequest first = send(1);
        FakeRequest second = send(2);
        node.group().refuse(null);
        FakeRequest third = node.begin(node.send("T", 0, "m3"));
        assertThat(third.replied()).as("it does not overtake").isFalse();
        node.group().settle();
        assertThat(List.of(first.replyCode(), second.replyCode(), third.replyCode()))
                .containsOnly(0);
        assertThat(stored(node)).containsExactly("m1", "m2", "m3");
    }

    @Test
    void whatWaitsForSomethingElseWhenLeadershipIsLostIsRelayedToo() {
        node.group().lead();
        node.group().settle();
        FakeRequest asked = node.begin(new FakeRequest(RequestCode.QUERY_CONSUMER_OFFSET)
                .on(node.connection())
                .with("consumerGroup", "g")
                .with("topic", "T")
                .with("queueId", 0)); // waits for the others to confirm the leader
        node.group().follow("n1");
        node.group().settle();
        relay().open();
        node.group().settle();
        assertThat(node.connection().open()).isTrue();
        assertThat(relay().requests()).containsExactly(asked);
        FakeRequest refused = node.begin(new FakeRequest(RequestCode.UPDATE_CONSUMER_OFFSET).hops(1));
        assertThat(refused.isGivenBack()).isTrue();
    }

    /** Its bytes were borrowed for its handler's time. */
    @Test
    void aSendThatGotNoFurtherThanThisMembersTurnIsRefusedAsRetryable() {
        node.group().lead();
        node.group().settle();
        assertThat(send(0).replyCode()).as("the topic is there").isZero();
        FakeRequest sent = node.begin(node.send("T", 0, "m1"));
        node.group().follow("n1");
        assertThat(sent.replyCode()).isEqualTo(ResponseCode.SERVICE_NOT_AVAILABLE);
    }

    @Test
    void whatIsGivenBackGoesToTheNextLeaderBeforeWhatCameLater() {
        FakeRelay old = connected();
        FakeRequest first = send(1);
        FakeRequest second = send(2);
        old.giveBack();
        FakeRequest third = send(3);
        assertThat(old.inFlight).isEmpty(); // not at once again to the one that gave back
        node.group().follow("n2");
        node.group().settle();
        relay().open();
        node.group().advance(100);
        assertThat(relay()).isNotSameAs(old);
        assertThat(relay().requests()).containsExactly(first, second, third);
    }

    @Test
    void whatIsGivenBackIsTriedAgainAtTheSameLeaderAfterAPause() {
        FakeRelay relay = connected();
        FakeRequest first = send(1);
        relay.giveBack();
        node.group().advance(100);
        assertThat(relay.requests()).containsExactly(first);
    }

    @Test
    void nothingOvertakesWhatIsStillAtTheOldLeader() {
        FakeRelay old = connected();
        send(1);
        node.group().follow("n2");
        node.group().settle();
        FakeRequest second = send(2);
        node.group().advance(LeaderLink.FENCE_MS / 2);
        assertThat(old.closed).isFalse();
        assertThat(relays).hasSize(1);
        old.arriveAt(leader);
        node.group().advance(50);
        assertThat(old.closed).isTrue();
        relay().open();
        node.group().settle();
        assertThat(relay().requests()).containsExactly(second);
    }

    @Test
    void anOldLeaderThatIsSilentIsGivenUpAndTheOutcomeOfItsWritesIsUnknown() {
        FakeRelay old = connected();
        FakeRequest sent = send(1);
        FakeRequest pulled = node.call(node.longPull("T", 0, 0));
        node.group().lead();
        node.group().settle();
        FakeRequest second = send(2);
        assertThat(second.replied()).isFalse();
        node.group().advance(LeaderLink.FENCE_MS + 100);
        assertThat(old.closed).isTrue();
        assertThat(sent.replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(sent.replyRemark()).contains("unknown");
        assertThat(second.replyCode()).isZero();
        assertThat(pulled.replied()).isTrue(); // asked again, of this member
    }

    @Test
    void whenTheConnectionBreaksReadsAreSentAgainAndWritesAreNot() {
        FakeRelay relay = connected();
        FakeRequest sent = send(1);
        FakeRequest pulled = node.call(node.longPull("T", 0, 0));
        FakeRequest asked = node.call(
                new FakeRequest(RequestCode.GET_MAX_OFFSET).with("topic", "T").with("queueId", 0));
        relay.lose();
        assertThat(sent.replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        relay.fail();
        node.group().advance(60);
        relay.open();
        node.group().advance(60);
        assertThat(relay.requests()).containsExactly(pulled, asked);
    }

    @Test
    void aRelayedRequestIsNeverRelayedOn() {
        FakeRelay relay = connected();
        FakeRequest fromOther = node.call(node.send("T", 0, "m").hops(1));
        assertThat(fromOther.isGivenBack()).isTrue();
        assertThat(relay.inFlight).isEmpty();
    }

    @Test
    void aRelayedRequestWaitsAtALeaderThatTransfersLeadershipAndIsGivenBack() {
        node.group().lead();
        node.group().settle();
        node.group().refuse(Refusal.TRANSFERRING);
        FakeRequest fromOther = node.call(node.send("T", 0, "m").hops(1));
        assertThat(fromOther.isGivenBack()).isFalse();
        node.group().follow("n1");
        node.group().settle();
        assertThat(fromOther.isGivenBack()).isTrue();
    }

    @Test
    void twoMembersThatBelieveEachOtherToBeTheLeaderDoNotLoop() {
        FakeRelay relay = connected();
        TestBroker other = TestBroker.forwarding(FakeRelay::new);
        FakeRequest sent = send(1);
        for (int i = 0; i < 200 && !sent.replied(); i++) {
            relay.arriveAt(other);
            node.group().advance(20);
        }
        assertThat(sent.replyCode()).isEqualTo(ResponseCode.SERVICE_NOT_AVAILABLE);
    }

    @Test
    void stopWaitsForRelayedRequestsAndAnswersTheRest() {
        FakeRelay relay = connected();
        FakeRequest sent = send(1);
        FakeRequest pulled = node.call(node.longPull("T", 0, 7));
        Future<Void> stopped = node.router().stop();
        node.group().advance(100);
        assertThat(stopped.isComplete()).isFalse();
        relay.answer(sent);
        node.group().settle();
        assertThat(stopped.succeeded()).isTrue();
        assertThat(pulled.replyCode()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        assertThat(pulled.replyNumber("nextBeginOffset")).isEqualTo(7);
        assertThat(relay.closed).isTrue();
    }

    @Test
    void stopDoesNotWaitForALeaderForLong() {
        node.group().follow(null);
        node.group().settle();
        FakeRequest sent = send(1);
        Future<Void> stopped = node.router().stop();
        node.group().advance(RequestRouter.STOP_MS + 100);
        assertThat(stopped.succeeded()).isTrue();
        assertThat(sent.replyCode()).isEqualTo(ResponseCode.SERVICE_NOT_AVAILABLE);
    }

    @Test
    void aPullThatCannotBeReadDoesNotDelayStop() {
        node.group().follow(null);
        node.group().settle();
        FakeRequest garbled = node.call(new FakeRequest(RequestCode.PULL_MESSAGE).with("queueOffset", "one"));
        FakeRequest sent = send(1);
        Future<Void> stopped = node.router().stop();
        node.group().advance(RequestRouter.STOP_MS + 100);
        assertThat(stopped.succeeded()).isTrue();
        assertThat(sent.replyCode()).isEqualTo(ResponseCode.SERVICE_NOT_AVAILABLE);
        assertThat(garbled.replied()).isTrue();
    }

    @Test
    void aSearchByKeyIsRelayedUnlessItsClientAsksTheLeaderToo() {
        FakeRelay relay = connected();
        assertThat(search().replied()).isFalse();
        assertThat(relay.inFlight).hasSize(1);
        node.standby(true);
        assertThat(search().replyCode()).isEqualTo(ResponseCode.QUERY_NOT_FOUND);
        assertThat(relay.inFlight).hasSize(1);
    }

    private FakeRequest search() {
        return node.call(new FakeRequest(RequestCode.QUERY_MESSAGE)
                .with("topic", "T")
                .with("key", "k")
                .with("maxNum", 32)
                .with("beginTimestamp", 0)
                .with("endTimestamp", Long.MAX_VALUE));
    }

    @Test
    void clientsThatHaveDisconnectedAreNotServed() {
        node.group().follow(null);
        node.group().settle();
        FakeConnection client = new FakeConnection();
        FakeRequest sent = node.call(node.send("T", 0, "m").on(client));
        client.close();
        node.group().follow("n1");
        node.group().settle();
        relay().open();
        node.group().settle();
        assertThat(relay().inFlight).isEmpty();
        assertThat(sent.replied()).isFalse();
    }

    @Test
    void aFollowerHandsTheRequestToDeleteExpiredFilesOnToTheLeader() {
        FakeRelay relay = connected();
        FakeRequest asked = node.call(new FakeRequest(RequestCode.DELETE_EXPIRED_COMMITLOG));
        assertThat(relay.requests()).containsExactly(asked);
        relay.arriveAt(leader);
        assertThat(asked.replyCode()).isZero();
    }
}
