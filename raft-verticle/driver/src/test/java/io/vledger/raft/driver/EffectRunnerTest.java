package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.Refusal;
import io.vledger.api.store.HardState;
import io.vledger.raft.Message;
import io.vledger.testkit.SimDisk;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EffectRunnerTest {
    private final MemberOfThree three;

    EffectRunnerTest() throws Exception {
        three = new MemberOfThree(new SimDisk());
    }

    @Test
    void aVoteLeavesOnceItIsDurable() throws Exception {
        three.member.lane.held = true;
        three.receive("n1", new Message.VoteRequest(7, false, false, 0, 0));
        three.member.settle();
        assertThat(three.sentTo("n1", Message.VoteReply.class)).isEmpty();
        three.member.lane.held = false;
        three.member.settle();
        assertThat(three.sentTo("n1", Message.VoteReply.class))
                .singleElement()
                .satisfies(reply -> assertThat(reply.granted()).isTrue());
        HardState saved = three.member.store.hardState().load().orElseThrow();
        assertThat(saved.term()).isEqualTo(7);
        assertThat(saved.vote()).isEqualTo("n1");
    }

    @Test
    void whatRestsOnNothingThatIsUnsavedLeavesAtOnce() {
        three.member.lane.held = true;
        three.member.pass(1_000);
        assertThat(three.sentTo("n1", Message.VoteRequest.class))
                .as("a pre-vote changes nothing")
                .isNotEmpty()
                .allMatch(Message.VoteRequest::pre);
    }

    @Test
    void aMessageThatNoMemberSendsCostsItsConnection() {
        three.receive("n1", new Message.AppendRequest(-3, 0, 0, 0, 1, 1, null));
        three.member.settle();
        assertThat(three.closed).containsExactly("n1");
        assertThat(three.replica().status().term()).isZero();
    }

    @Test
    void aMemberWhoseMemoryIsOutdatedStartsOverWithANewIncarnationAndGreetsTheOthersAnew() throws Exception {
        long before = three.replica().greeting().incarnation();
        three.receive("n1", new Message.MemoryOutdated(1, before + 30, 4));
        three.member.settle();
        assertThat(three.reconnects).isEqualTo(1);
        assertThat(three.replica().greeting().incarnation()).isGreaterThanOrEqualTo(before + 30);
        HardState saved = three.member.store.hardState().load().orElseThrow();
        assertThat(saved.incarnation()).isEqualTo(three.replica().greeting().incarnation());
        assertThat(saved.cause()).isEqualTo(HardState.Cause.OUTDATED);
        assertThat(saved.admitted()).isFalse();
    }

    @Test
    void aReadIsAnsweredOnceAMajorityHasConfirmedTheLeaderAndFailsWhenItIsNoneAnyMore() {
        three.lead();
        List<@Nullable Refusal> outcomes = new ArrayList<>();
        three.replica().readBarrier(outcomes::add);
        three.member.pass(100);
        assertThat(outcomes).containsExactly((Refusal) null);
        three.answering = false;
        three.replica().readBarrier(outcomes::add);
        three.member.settle();
        assertThat(outcomes).as("nobody has confirmed it").hasSize(1);
        three.heartbeat("n1", three.replica().status().term() + 1, 0);
        three.member.settle();
        assertThat(outcomes).last().isEqualTo(Refusal.NOT_LEADER);
    }
}
