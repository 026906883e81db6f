package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Whatever a member is sent, it neither throws nor lets go of what is committed. Replay one seed with {@code -Dvledger.seed=N}.
 */
class HostileFramesTest {
    private static final Long ONE = Long.getLong("vledger.seed");
    private static final long SEEDS = Math.round(3_000 * Double.parseDouble(System.getProperty("vledger.seeds", "1")));
    private static final int FRAMES = 60;
    private static final List<String> IDS = List.of("n1", "n2", "n3");

    @Test
    void noFrameOfAnyContentStopsAMember() {
        if (ONE != null) {
            bombard(ONE, Sabotage.NONE);
            return;
        }
        for (long seed = 0; seed < SEEDS; seed++) {
            long now = seed;
            assertThatCode(() -> bombard(now, Sabotage.NONE))
                    .as(
                            "seed %d; replay: mvn -q -Dfast -pl raft-verticle/core test -Dtest=HostileFramesTest"
                                    + " -Dvledger.seed=%d",
                            seed, seed)
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void withoutTheChecksAFrameIsFoundThatStopsAMember() {
        assertThat(LongStream.range(0, SEEDS).anyMatch(HostileFramesTest::stops))
                .isTrue();
    }

    private static boolean stops(long seed) {
        try {
            bombard(seed, Sabotage.BELIEVE_PEERS);
            return false;
        } catch (RuntimeException | AssertionError e) {
            return true;
        }
    }

    /** One member in a state that is drawn, and frames that are drawn. */
    private static void bombard(long seed, Sabotage sabotage) {
        Random random = new Random(seed * 0x9E3779B97F4A7C15L + 3);
        long term = 5;
        long base = random.nextInt(4);
        long last = base + 2 + random.nextInt(6);
        Raft raft = new Raft(
                new RaftSettings("n1", IDS, 20, 100, 8, ""),
                new PersistentState(
                        new Raft.Memory(term, "", 1, random.nextInt(2) == 0 ? Standing.VOTER : Standing.RECOVERING),
                        Members.initial(IDS).with("n1", 1).with("n2", 2).with("n3", 3),
                        List.of(new TermRun(base, base == 0 ? 0 : 3), new TermRun(base + 1, 4)),
                        last,
                        base + random.nextInt(3)),
                random::nextInt,
                0,
                new Rules(CommitRule.OWN_TERM_ONLY, sabotage != Sabotage.BELIEVE_PEERS));
        long nowMs = 0;
        for (String peer : List.of("n2", "n3")) {
            raft.connected(peer, new MemberStart(peer.equals("n2") ? 2 : 3, 1, 7, term, last), nowMs);
        }
        if (random.nextBoolean()) {
            lead(raft);
        }
        for (int i = 0; i < FRAMES; i++) {
            nowMs += random.nextInt(40);
            long committed = raft.commitIndex();
            String from = IDS.get(1 + random.nextInt(2));
            long before = raft.term();
            raft.receive(
                    from,
                    from.equals("n2") ? 2 : 3,
                    HostileFrames.any(random, raft.term(), raft.lastIndex(), committed, base),
                    nowMs);
            assertThat(raft.term() - before).isBetween(0L, MessageBounds.MAX_TERM_STEP);
            assertThat(raft.commitIndex()).isGreaterThanOrEqualTo(committed);
            carryOut(raft, raft.takeEffects(), nowMs);
            raft.tick(nowMs);
            carryOut(raft, raft.takeEffects(), nowMs);
            for (String peer : List.of("n2", "n3")) {
                if (raft.nextToSend(peer) > raft.lastIndex()) {
                    raft.buildAppend(peer, null, 0, nowMs);
                }
            }
        }
    }

    /** Has it elected. */
    private static void lead(Raft raft) {
        raft.tick(10_000);
        raft.takeEffects();
        raft.receive("n2", 2, new Message.VoteReply(raft.term() + 1, true, true, Standing.VOTER), 10_000);
        raft.receive("n3", 3, new Message.VoteReply(raft.term() + 1, true, true, Standing.VOTER), 10_000);
        raft.takeEffects();
        raft.hardStateSaved(raft.term(), 10_000);
        raft.receive("n2", 2, new Message.VoteReply(raft.term(), false, true, Standing.VOTER), 10_000);
        raft.receive("n3", 3, new Message.VoteReply(raft.term(), false, true, Standing.VOTER), 10_000);
        carryOut(raft, raft.takeEffects(), 10_000);
    }

    private static void carryOut(Raft raft, @Nullable Effects effects, long nowMs) {
        if (effects == null) {
            return;
        }
        if (effects.startOverFrom() > 0 && effects.startOverFrom() > raft.incarnation()) {
            raft.startOver(effects.startOverFrom(), nowMs);
        }
        if (effects.saveHardState()) {
            raft.hardStateSaved(raft.term(), nowMs);
        }
        if (raft.role() == Role.LEADER && raft.lastTerm() != raft.term()) {
            raft.appended(new Run(List.of(new LogEntry(raft.lastIndex() + 1, raft.term(), "noop", null))));
        }
        raft.synced(raft.logGeneration(), raft.lastIndex());
        Message.InstallRequest install = effects.install();
        if (install != null) {
            raft.installed(install.baseIndex(), install.baseTerm(), Members.initial(IDS));
        }
    }
}
