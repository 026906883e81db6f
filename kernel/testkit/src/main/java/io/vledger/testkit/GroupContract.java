package io.vledger.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vledger.api.group.Completion;
import io.vledger.api.group.EntryKind;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Refusal;
import io.vledger.api.group.StateMachine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Group} does, in so far as one member shows it. A subclass opens a member whose loop and clock it moves. */
public abstract class GroupContract {
    private static final byte KIND = EntryKind.FIRST_APPLICATION_KIND;
    private static final byte OTHER_KIND = KIND + 1;
    private static final short VERSION = 1;
    private static final int PART = RecordingMachine.LEAST_BYTES;

    private final List<String> events = new ArrayList<>();
    private final RecordingMachine machine = new RecordingMachine(events);
    private final List<@Nullable Refusal> outcomes = new ArrayList<>();
    private Member member;
    private Group group;

    /** A member that was opened, and that does not lead yet. */
    protected interface Member {
        /** The group as this member sees it. */
        Group group();

        /** Lets time pass until it leads. */
        void lead();

        /** Does what can be done now. */
        void settle();

        /** Lets time pass, and does what can be done. */
        void advance(long ms);

        /** Keeps entries from becoming committed, or no longer. */
        void holdCommits(boolean hold);

        /** Its store fails. */
        void fail();

        /** Bound of one entry's payload. */
        int maxEntryBytes();
    }

    /** Opens a member over an empty store. */
    protected abstract Member open(StateMachine stateMachine) throws Exception;

    @BeforeEach
    void openTheMember() throws Exception {
        member = open(machine);
        group = member.group();
    }

    private void lead() {
        member.lead();
        member.settle();
    }

    private @Nullable Refusal submit(byte kind, short version, long number, int bytes, Completion completion) {
        Refusal refusal = group.begin(kind, version, bytes);
        if (refusal == null) {
            RecordingMachine.write(group.buffer(), number, bytes);
            group.submit(completion);
        }
        return refusal;
    }

    private @Nullable Refusal submit(long number) {
        return submit(KIND, VERSION, number, PART, outcome -> outcome(number, outcome));
    }

    private @Nullable Refusal propose(byte kind, long number, int bytes) {
        ByteBuf payload = Unpooled.buffer(bytes);
        RecordingMachine.write(payload, number, bytes);
        return group.propose(kind, VERSION, payload, outcome -> outcome(number, outcome));
    }

    private void outcome(long number, @Nullable Refusal outcome) {
        outcomes.add(outcome);
        events.add((outcome == null ? "committed " : outcome + " ") + number);
    }

    @Test
    void theStateMachineBeginsInItsInitialStateBeforeAnythingElse() {
        assertThat(events).containsExactly("restored 0");
        lead();
        assertThat(submit(1)).isNull();
        member.settle();
        assertThat(events).startsWith("restored 0").containsOnlyOnce("restored 0");
    }

    @Test
    void aMemberThatDoesNotLeadRefusesAndNothingHappens() {
        assertThat(group.refusal()).isEqualTo(Refusal.NOT_LEADER);
        assertThat(submit(1)).isEqualTo(Refusal.NOT_LEADER);
        assertThat(propose(KIND, 2, PART)).isEqualTo(Refusal.NOT_LEADER);
        assertThat(group.proposeDropPrefix(1, outcomes::add)).isEqualTo(Refusal.NOT_LEADER);
        member.settle();
        lead();
        assertThat(outcomes).as("who was refused is not called").isEmpty();
        assertThat(machine.parts).isEmpty();
    }

    @Test
    void aLeaderSaysSoOnceItsStateMachineKnows() {
        List<GroupStatus> seen = new ArrayList<>();
        group.onStatus(status -> {
            if (status.role() == GroupRole.LEADER) {
                assertThat(machine.roles).endsWith(new RecordingMachine.RoleInTerm(GroupRole.LEADER, status.term()));
                seen.add(status);
            }
        });
        lead();
        assertThat(seen).isNotEmpty();
        GroupStatus status = group.status();
        assertThat(status.role()).isEqualTo(GroupRole.LEADER);
        assertThat(status.leader()).isEqualTo(group.node());
        assertThat(status.group()).isEqualTo(group.name());
        assertThat(status.term()).isPositive();
        assertThat(status.writable()).isTrue();
        assertThat(group.refusal()).isNull();
        assertThat(machine.roles.stream()
                        .map(RecordingMachine.RoleInTerm::role)
                        .filter(role -> role == GroupRole.LEADER_STARTING || role == GroupRole.LEADER))
                .containsExactly(GroupRole.LEADER_STARTING, GroupRole.LEADER);
    }

    @Test
    void whatIsTakenIsAppliedInOrderAndThenReported() {
        lead();
        for (long number = 1; number <= 3; number++) {
            assertThat(submit(number)).isNull();
        }
        assertThat(propose(OTHER_KIND, 4, PART)).isNull();
        assertThat(submit(5)).isNull();
        assertThat(outcomes).as("not within the call").isEmpty();
        assertThat(machine.parts).as("not within the call").isEmpty();
        member.settle();
        assertThat(machine.numbers()).containsExactly(1L, 2L, 3L, 4L, 5L);
        for (long number = 1; number <= 5; number++) {
            assertThat(events)
                    .containsSubsequence("applied " + number, "committed " + number)
                    .containsOnlyOnce("committed " + number);
        }
        assertThat(events)
                .containsSubsequence("committed 1", "committed 2", "committed 3", "committed 4", "committed 5");
    }

    @Test
    void entriesKeepTheirKindAndVersionAndAProposalIsAnEntryOfItsOwn() {
        lead();
        submit(KIND, VERSION, 1, PART, Completion.NONE);
        submit(KIND, (short) 2, 2, PART, Completion.NONE);
        submit(OTHER_KIND, (short) 2, 3, PART, Completion.NONE);
        propose(OTHER_KIND, 4, PART);
        submit(OTHER_KIND, VERSION, 5, PART, Completion.NONE);
        member.settle();
        assertThat(machine.parts)
                .extracting(RecordingMachine.Part::kind)
                .containsExactly(KIND, KIND, OTHER_KIND, OTHER_KIND, OTHER_KIND);
        assertThat(machine.parts)
                .extracting(RecordingMachine.Part::version)
                .containsExactly(VERSION, (short) 2, (short) 2, VERSION, VERSION);
        assertThat(machine.parts).extracting(RecordingMachine.Part::index).doesNotHaveDuplicates();
    }

    @Test
    void partsLieWhereTheBufferPositionSaid() {
        lead();
        Random random = new Random(1);
        Map<Long, Long> expected = new HashMap<>();
        for (long number = 1; number <= 300; number++) {
            int bytes = PART + random.nextInt(random.nextInt(10) == 0 ? member.maxEntryBytes() - PART : 200);
            byte kind = random.nextInt(5) == 0 ? OTHER_KIND : KIND;
            assertThat(group.begin(kind, VERSION, bytes)).isNull();
            expected.put(number, group.bufferPosition());
            RecordingMachine.write(group.buffer(), number, bytes);
            group.submit(Completion.NONE);
            if (random.nextInt(4) == 0) {
                member.settle();
            }
        }
        member.settle();
        assertThat(machine.parts).hasSize(300).allSatisfy(part -> assertThat(part.position())
                .as("position of %s", part)
                .isEqualTo(expected.get(part.number())));
        assertThat(machine.parts).extracting(RecordingMachine.Part::position).isSorted();
        assertThat(machine.parts).extracting(RecordingMachine.Part::index).isSorted();
    }

    @Test
    void theStatusCountsWhatIsCommittedAndApplied() {
        lead();
        GroupStatus before = group.status();
        propose(KIND, 1, PART);
        propose(KIND, 2, PART);
        member.settle();
        member.advance(100);
        GroupStatus after = group.status();
        long last = machine.parts.get(1).index();
        assertThat(after.lastIndex()).isEqualTo(before.lastIndex() + 2).isEqualTo(last);
        assertThat(after.commitIndex()).isEqualTo(last);
        assertThat(after.appliedIndex()).isEqualTo(last);
        assertThat(after.firstIndex()).isEqualTo(1);
        assertThat(after.endPosition()).isGreaterThan(machine.parts.get(1).position());
    }

    @Test
    void whatIsTooLargeIsRefusedAndWhatJustFitsIsTaken() {
        lead();
        assertThat(propose(KIND, 1, member.maxEntryBytes() + 1)).isEqualTo(Refusal.TOO_LARGE);
        assertThat(submit(KIND, VERSION, 2, member.maxEntryBytes() + 1, outcomes::add))
                .isEqualTo(Refusal.TOO_LARGE);
        assertThat(propose(KIND, 3, member.maxEntryBytes())).isNull();
        member.settle();
        assertThat(machine.numbers()).containsExactly(3L);
        assertThat(outcomes).hasSize(1).containsOnlyNulls();
    }

    @Test
    void kindsOfRaftCannotBeProposed() {
        lead();
        assertThatThrownBy(() -> propose(EntryKind.NOOP, 1, PART)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> group.begin((byte) (KIND - 1), VERSION, PART))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aProposedPayloadStaysItsOwners() {
        lead();
        ByteBuf payload = Unpooled.buffer();
        payload.writeInt(99);
        RecordingMachine.write(payload, 7, PART);
        payload.readerIndex(Integer.BYTES);
        assertThat(group.propose(KIND, VERSION, payload, Completion.NONE)).isNull();
        assertThat(payload.refCnt()).isEqualTo(1);
        assertThat(payload.readableBytes()).isEqualTo(PART);
        payload.setZero(0, payload.capacity());
        member.settle();
        assertThat(machine.numbers()).containsExactly(7L);
    }

    @Test
    void whatIsNotCommittedIsNeitherAppliedNorReported() {
        lead();
        member.holdCommits(true);
        assertThat(submit(1)).isNull();
        member.settle();
        assertThat(submit(2)).isNull();
        member.settle();
        assertThat(machine.parts).isEmpty();
        assertThat(outcomes).isEmpty();
        member.holdCommits(false);
        member.settle();
        assertThat(machine.numbers()).containsExactly(1L, 2L);
        assertThat(outcomes).hasSize(2).containsOnlyNulls();
    }

    @Test
    void aCompletionMayProposeAndOneThatThrowsKeepsNobodyFromTheirs() {
        lead();
        submit(KIND, VERSION, 1, PART, outcome -> submit(3));
        submit(KIND, VERSION, 2, PART, outcome -> {
            throw new IllegalStateException("a completion that throws, for this test");
        });
        submit(9);
        member.settle();
        assertThat(machine.numbers()).containsExactly(1L, 2L, 9L, 3L);
        assertThat(events).endsWith("committed 9", "applied 3", "committed 3");
        assertThat(group.refusal()).isNull();
    }

    @Test
    void aReadIsAnsweredOnceWhatWasCommittedBeforeIsApplied() {
        lead();
        submit(1);
        member.settle();
        submit(2);
        group.readBarrier(outcome -> outcome(-1, outcome));
        assertThat(events).as("not within the call").doesNotContain("committed -1");
        member.settle();
        assertThat(events).containsSubsequence("applied 1", "committed -1").containsOnlyOnce("committed -1");
    }

    @Test
    void aReadDoesNotWaitForWhatIsNotCommitted() {
        lead();
        member.holdCommits(true);
        submit(1);
        member.settle();
        group.readBarrier(outcome -> outcome(-1, outcome));
        member.settle();
        assertThat(events).contains("committed -1").doesNotContain("applied 1");
    }

    @Test
    void aMemberThatDoesNotLeadConfirmsNoRead() {
        group.readBarrier(outcomes::add);
        assertThat(outcomes).as("not within the call").isEmpty();
        member.settle();
        assertThat(outcomes).containsExactly(Refusal.NOT_LEADER);
    }

    @Test
    void aMemberThatFailsReportsEachOutcomeOnceAndTakesNothingMore() {
        lead();
        member.holdCommits(true);
        submit(1);
        propose(KIND, 2, PART);
        member.settle();
        propose(KIND, 3, PART);
        submit(4);
        group.readBarrier(outcome -> outcome(-1, outcome));
        member.fail();
        member.settle();
        assertThat(events)
                .as("the first two are written and may be committed yet; nobody has seen the others")
                .containsSubsequence("UNKNOWN 1", "UNKNOWN 2", "NOT_LEADER 3", "NOT_LEADER 4")
                .contains("NOT_LEADER -1");
        assertThat(outcomes).hasSize(5);
        member.holdCommits(false);
        member.advance(1_000);
        assertThat(outcomes).hasSize(5);
        assertThat(machine.parts).isEmpty();
        assertThat(machine.roles)
                .last()
                .extracting(RecordingMachine.RoleInTerm::role)
                .isEqualTo(GroupRole.FAILED);
        assertThat(group.status().role()).isEqualTo(GroupRole.FAILED);
        assertThat(group.status().reason()).isNotEmpty();
        assertThat(group.refusal()).isEqualTo(Refusal.NOT_LEADER);
        group.readBarrier(outcomes::add);
        member.advance(1_000);
        assertThat(submit(5)).isEqualTo(Refusal.NOT_LEADER);
    }

    @Test
    void aMemberThatIsStoppedReportsEachOutcomeOnceAndMayBeStoppedAgain() {
        lead();
        submit(1);
        Future<Void> first = group.stop();
        Future<Void> second = group.stop();
        assertThat(first.isComplete()).as("not within the call").isFalse();
        member.settle();
        assertThat(first.succeeded()).isTrue();
        assertThat(second.succeeded()).isTrue();
        assertThat(outcomes).hasSize(1);
        assertThat(group.status().role()).isEqualTo(GroupRole.STOPPED);
        assertThat(machine.roles)
                .last()
                .extracting(RecordingMachine.RoleInTerm::role)
                .isEqualTo(GroupRole.STOPPED);
        assertThat(group.refusal()).isEqualTo(Refusal.NOT_LEADER);
        assertThat(submit(2)).isEqualTo(Refusal.NOT_LEADER);
    }

    @Test
    void aListenerHearsTheCurrentStatusFirstAndThenTheNewestAfterEachChange() {
        member.settle();
        List<GroupRole> heard = new ArrayList<>();
        group.onStatus(status -> heard.add(status.role()));
        assertThat(heard).as("not within the call").isEmpty();
        GroupRole before = group.status().role();
        member.settle();
        assertThat(heard).containsExactly(before);
        lead();
        assertThat(heard).last().isEqualTo(GroupRole.LEADER);
        member.fail();
        member.settle();
        assertThat(heard).last().isEqualTo(GroupRole.FAILED);
        assertThat(heard).containsSubsequence(GroupRole.LEADER, GroupRole.FAILED);
    }

    @Test
    void listenersAreCalledInTheOrderTheyCameUntilTheyAreRemoved() {
        List<String> heard = new ArrayList<>();
        Group.Registration first = group.onStatus(status -> heard.add("first"));
        group.onStatus(status -> {
            throw new IllegalStateException("a listener that throws, for this test");
        });
        group.onStatus(status -> heard.add("last"));
        Group.Registration never = group.onStatus(status -> heard.add("never"));
        never.close();
        member.settle();
        assertThat(heard).containsExactly("first", "last");
        lead();
        int changes = heard.size();
        assertThat(changes)
                .as("each hears each change")
                .isGreaterThanOrEqualTo(4)
                .isEven();
        for (int i = 0; i < changes; i += 2) {
            assertThat(heard.subList(i, i + 2)).containsExactly("first", "last");
        }
        first.close();
        first.close();
        heard.clear();
        member.fail();
        member.settle();
        assertThat(heard).containsOnly("last");
    }

    @Test
    void progressAloneIsNoChangeOfStatus() {
        lead();
        member.advance(1_000);
        List<GroupStatus> heard = new ArrayList<>();
        group.onStatus(heard::add);
        member.settle();
        for (long number = 1; number <= 10; number++) {
            submit(number);
            member.advance(100);
        }
        assertThat(machine.parts).hasSize(10);
        assertThat(heard).hasSize(1);
    }

    @Test
    void aStatusIsAwaited() {
        Future<GroupStatus> leads = group.awaitStatus(status -> status.role() == GroupRole.LEADER, 60_000);
        Future<GroupStatus> never = group.awaitStatus(status -> false, 200);
        member.settle();
        assertThat(leads.isComplete()).isFalse();
        assertThat(never.isComplete()).isFalse();
        member.advance(250);
        assertThat(never.succeeded()).as("the latest when the time is over").isTrue();
        lead();
        assertThat(leads.result().role()).isEqualTo(GroupRole.LEADER);
        Future<GroupStatus> other = group.awaitStatus(status -> false, 60_000);
        member.settle();
        assertThat(other.isComplete()).isFalse();
        member.fail();
        member.settle();
        assertThat(other.result().role())
                .as("a member that fails ends the wait")
                .isEqualTo(GroupRole.FAILED);
    }

    @Test
    void tasksRunLaterInOrderAndTimersWhenTheyAreDue() {
        member.settle();
        List<String> done = new ArrayList<>();
        group.execute(() -> done.add("first"));
        group.execute(() -> {
            group.schedule(100, () -> done.add("after 100 ms"));
            group.schedule(50, () -> done.add("after 50 ms"));
            group.schedule(100, () -> done.add("after 100 ms, too"));
            done.add("second");
        });
        assertThat(done).isEmpty();
        member.settle();
        assertThat(done).containsExactly("first", "second");
        member.advance(40);
        assertThat(done).hasSize(2);
        member.advance(20);
        assertThat(done).last().isEqualTo("after 50 ms");
        member.advance(50);
        assertThat(done).endsWith("after 50 ms", "after 100 ms", "after 100 ms, too");
    }

    @Test
    void leadershipIsHandedOnlyToMembersAndOnlyByTheLeader() {
        Future<Void> notLeading = group.transferLeadership(null);
        assertThat(notLeading.isComplete()).as("not within the call").isFalse();
        member.settle();
        assertThat(notLeading.succeeded()).isTrue();
        lead();
        Future<Void> unknown = group.transferLeadership("nobody");
        Future<Void> self = group.transferLeadership(group.node());
        member.settle();
        assertThat(unknown.cause()).hasMessageContaining("nobody is not a member");
        assertThat(self.failed()).isTrue();
        assertThat(group.status().role()).isEqualTo(GroupRole.LEADER);
    }

    @Test
    void theStateMachineIsNotShownWhatBelongsToRaft() {
        lead();
        submit(1);
        assertThat(group.proposeDropPrefix(1, outcome -> outcome(-1, outcome))).isNull();
        submit(2);
        member.settle();
        assertThat(events).containsSubsequence("committed 1", "committed -1", "committed 2");
        assertThat(machine.numbers()).containsExactly(1L, 2L);
    }
}
