package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What members do about a memory that went back in time and was noticed by nobody until it was too late. */
class LostMemoryTest {
    private static final List<String> IDS = List.of("n1", "n2", "n3");
    private static final Members ADMITTED =
            Members.initial(IDS).with("n1", 1).with("n2", 2).with("n3", 3);

    /** n1 with entries of these terms. */
    private static Raft member(long term, long commit, long... terms) {
        List<TermRun> runs = new java.util.ArrayList<>(List.of(new TermRun(0, 0)));
        for (int i = 0; i < terms.length; i++) {
            if (i == 0 || terms[i] != terms[i - 1]) {
                runs.add(new TermRun(i + 1, terms[i]));
            }
        }
        Raft raft = new Raft(
                new RaftSettings("n1", IDS, 20, 100, 8, ""),
                new PersistentState(new Raft.Memory(term, "", 1, Standing.VOTER), ADMITTED, runs, terms.length, commit),
                bound -> 0,
                0);
        raft.connected("n2", new MemberStart(2, 4, 44, 1, 0), 0);
        raft.connected("n3", new MemberStart(3, 4, 45, 1, 0), 0);
        Effects hellos = raft.takeEffects();
        assertThat(hellos.saveHardState())
                .as("what was seen of others is saved")
                .isTrue();
        raft.hardStateSaved(term, 0);
        return raft;
    }

    private static Raft leader(long... terms) {
        Raft raft = member(2, 2, terms);
        raft.tick(10_000);
        for (boolean pre : List.of(true, false)) {
            raft.receive("n2", 2, new Message.VoteReply(3, pre, true, Standing.VOTER), 10_000);
            raft.takeEffects();
            raft.hardStateSaved(3, 10_000);
        }
        assertThat(raft.role()).isEqualTo(Role.LEADER);
        raft.appended(new Run(List.of(new LogEntry(terms.length + 1, 3, "noop", null))));
        raft.takeEffects();
        return raft;
    }

    private static List<Message> sent(Effects effects, String to) {
        return effects.sendNow().stream()
                .filter(out -> out.to().equals(to))
                .map(Effects.Outgoing::message)
                .toList();
    }

    @Test
    void aLeaderWhoseTermBeganBeforeWhatIsCommittedHereIsNotFollowed() {
        Raft raft = member(3, 4, 1, 1, 1, 1);

        raft.receive("n2", 2, new Message.AppendRequest(3, 9, 3, 9, 1, 3, null), 100);

        Effects effects = raft.takeEffects();
        assertThat(raft.leader()).isNull();
        assertThat(effects.refused()).containsExactly(new Effects.Refused("n2", Violation.LACKS_COMMITTED));
        assertThat(sent(effects, "n2")).containsExactly(new Message.Conflict(3, 3, 1));
    }

    @Test
    void aLeaderWhoseEntriesDifferFromWhatIsCommittedHereIsNotFollowed() {
        Raft raft = member(3, 4, 1, 1, 1, 1);

        Run other = new Run(List.of(new LogEntry(3, 2, "other", null), new LogEntry(4, 2, "other", null)));
        raft.receive("n2", 2, new Message.AppendRequest(3, 2, 1, 2, 1, 9, other), 100);

        Effects effects = raft.takeEffects();
        assertThat(effects.truncateFrom()).isZero();
        assertThat(effects.append()).isNull();
        assertThat(sent(effects, "n2")).containsExactly(new Message.Conflict(3, 3, 1));
        assertThat(raft.lastIndex()).isEqualTo(4);
    }

    @Test
    void aLeaderThatLacksWhatAMemberHoldsAsCommittedStopsLeadingAsLongAsThatOneIsThere() {
        Raft raft = leader(1, 1);

        raft.receive("n3", 3, new Message.Conflict(3, 3, 1), 10_010);

        Effects effects = raft.takeEffects();
        assertThat(effects.refused()).containsExactly(new Effects.Refused("n3", Violation.COMMITTED_ELSEWHERE));
        assertThat(raft.role()).isEqualTo(Role.FOLLOWER);
        assertThat(raft.disputes()).containsExactly("n3");
        raft.tick(50_000);
        assertThat(raft.role()).as("it does not campaign").isEqualTo(Role.FOLLOWER);

        raft.disconnected("n3", false, 50_000);
        raft.tick(60_000);
        assertThat(raft.role()).isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void aLeaderIsNotImpressedByWhatItHasItself() {
        Raft raft = leader(1, 1);
        raft.receive("n3", 3, new Message.Conflict(3, 2, 1), 10_010);
        assertThat(raft.role()).isEqualTo(Role.LEADER);
        assertThat(raft.takeEffects().refused()).isEmpty();
    }

    @Test
    void aSecondLeaderOfTheTermIsRefusedByTheFirst() {
        Raft raft = leader(1, 1);
        raft.receive("n3", 3, new Message.AppendRequest(3, 3, 3, 2, 1, 3, null), 10_010);
        assertThat(raft.role()).isEqualTo(Role.LEADER);
        assertThat(raft.takeEffects().refused()).containsExactly(new Effects.Refused("n3", Violation.SECOND_LEADER));
    }

    @Test
    void aMemberThatDoesNotHaveWhatItAcknowledgedIsInformedAndDoesNotCount() {
        Raft raft = leader(1, 1);
        raft.receive("n2", 2, new Message.AppendAccepted(3, 3, 0, Standing.VOTER), 10_010);
        raft.takeEffects();
        raft.disconnected("n2", false, 10_020);

        assertThat(raft.connected("n2", new MemberStart(2, 5, 50, 3, 2), 10_030))
                .isFalse();

        Effects effects = raft.takeEffects();
        assertThat(effects.outdated()).containsExactly("n2");
        assertThat(sent(effects, "n2")).containsExactly(new Message.MemoryOutdated(3, 2, 4));
        assertThat(raft.trusted("n2")).isFalse();
    }

    @Test
    void aMemberThatHasForgottenAVoteIsInformed() {
        Raft raft = leader(1, 1);
        raft.disconnected("n2", false, 10_020);
        assertThat(raft.connected("n2", new MemberStart(2, 5, 50, 2, 9), 10_030))
                .isFalse();
    }

    @Test
    void aMemberThatStartedAgainWithAllItAcknowledgedIsTaken() {
        Raft raft = leader(1, 1);
        raft.receive("n2", 2, new Message.AppendAccepted(3, 3, 0, Standing.VOTER), 10_010);
        raft.disconnected("n2", false, 10_020);
        assertThat(raft.connected("n2", new MemberStart(2, 5, 50, 3, 3), 10_030))
                .isTrue();
        assertThat(raft.trusted("n2")).isTrue();
        assertThat(raft.seenStarts()).containsEntry("n2", new SeenStart(2, 5, 50));
    }

    @Test
    void anOlderStartThanWhatWasSeenBeforeTheRestartIsRefused() {
        Raft raft = new Raft(
                new RaftSettings("n1", IDS, 20, 100, 8, ""),
                new PersistentState(
                        new Raft.Memory(3, "", 1, Standing.VOTER, Map.of("n2", new SeenStart(2, 7, 70))),
                        ADMITTED,
                        List.of(new TermRun(0, 0)),
                        0,
                        0),
                bound -> 0,
                0);
        assertThat(raft.connected("n2", new MemberStart(2, 6, 60, 3, 0), 0))
                .as("fewer starts")
                .isFalse();
        assertThat(raft.connected("n2", new MemberStart(2, 7, 71, 3, 0), 0))
                .as("another process")
                .isFalse();
        assertThat(raft.connected("n2", new MemberStart(1, 9, 90, 3, 0), 0))
                .as("older memory")
                .isFalse();
        assertThat(raft.connected("n2", new MemberStart(2, 7, 70, 3, 0), 0))
                .as("that start")
                .isTrue();
        assertThat(raft.connected("n2", new MemberStart(4, 1, 10, 3, 0), 0))
                .as("new memory")
                .isTrue();
    }

    @Test
    void aRejectionOfWhatWasAcknowledgedIsProbedBelow() {
        Raft raft = leader(1, 1);
        raft.receive("n2", 2, new Message.AppendAccepted(3, 3, 0, Standing.VOTER), 10_010);
        assertThat(raft.matchIndex("n2")).isEqualTo(3);
        raft.disconnected("n2", false, 10_020);
        raft.connected("n2", new MemberStart(2, 4, 44, 1, 0), 10_030);
        assertThat(raft.nextToSend("n2")).isEqualTo(4);
        raft.buildAppend("n2", null, 0, 10_030);

        raft.receive("n2", 2, new Message.AppendRejected(3, 3, 2, 1, 0, Standing.VOTER), 10_040);

        assertThat(raft.matchIndex("n2")).isEqualTo(1);
        assertThat(raft.nextToSend("n2")).isEqualTo(2);
    }

    @Test
    void aTermIsRaisedByABoundedStepAtATime() {
        Raft raft = member(3, 2, 1, 1);
        raft.receive("n2", 2, new Message.AppendRequest(Long.MAX_VALUE, 0, 0, 0, 0, 0, null), 10);
        assertThat(raft.term()).isEqualTo(3);
        raft.receive("n2", 2, new Message.AppendRequest(1L << 40, 2, 1, 0, 0, 3, null), 10);
        assertThat(raft.term()).isEqualTo(3 + MessageBounds.MAX_TERM_STEP);
        assertThat(raft.leader()).isNull();
        raft.receive("n2", 2, new Message.AppendRequest(MessageBounds.MAX_TERM_STEP + 4, 2, 1, 0, 0, 3, null), 10);
        assertThat(raft.leader())
                .as("a member that was away for long gets there")
                .isEqualTo("n2");
    }
}
