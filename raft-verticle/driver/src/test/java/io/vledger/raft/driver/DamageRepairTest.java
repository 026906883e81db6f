package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore.DamagedRun;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Message;
import io.vledger.testkit.SimDisk;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DamageRepairTest {
    private static final long COMMIT = 5;
    private static final long VICTIM = 3;
    private static final long ASK_AGAIN_MS = 500;

    private final SimDisk disk = new SimDisk();
    private final ManualShell shell = new ManualShell();
    private final ArrayDeque<LaneTask> tasks = new ArrayDeque<>();
    private final Peers peers = new Peers();
    private final TestHost host = new TestHost();
    private final ReplicaMeter meter = new ReplicaMeter(() -> 0);
    private GroupStore store;
    private DamageRepair repair;
    private DamagedRun damaged = new DamagedRun(0, 0, "");

    /** Records what is sent, to members that are connected. */
    private static final class Peers extends LoneMember.NoLinks {
        final Set<String> connected = new TreeSet<>(Set.of("n1", "n2"));
        final List<MemberOfThree.Sent> sent = new ArrayList<>();
        /** First and last index of the entries that were sent, which are released afterwards. */
        final List<List<Long>> given = new ArrayList<>();

        @Override
        public void send(String member, Message message) {
            if (message instanceof Message.EntriesReply reply && reply.entries() instanceof BatchEntries entries) {
                given.add(List.of(entries.firstIndex(), entries.lastIndex()));
            }
            sent.add(new MemberOfThree.Sent(member, message));
        }

        @Override
        public boolean connected(String member) {
            return connected.contains(member);
        }

        List<String> asked() {
            return sent.stream()
                    .filter(each -> each.message() instanceof Message.EntriesRequest)
                    .map(MemberOfThree.Sent::to)
                    .toList();
        }
    }

    private static final class TestHost implements DamageRepair.Host {
        long commit = COMMIT;
        int repaired;
        final List<DamagedRun> given = new ArrayList<>();

        @Override
        public boolean running() {
            return true;
        }

        @Override
        public long term() {
            return 9;
        }

        @Override
        public long commitIndex() {
            return commit;
        }

        @Override
        public void repaired() {
            repaired++;
        }

        @Override
        public void notRepairable(DamagedRun run) {
            given.add(run);
        }
    }

    @BeforeEach
    void open() throws StoreException {
        store = LoneMember.open(disk);
        LogBatch batch = MemberOfThree.batch(1, (int) COMMIT, 4, 0);
        store.log().append(batch);
        store.log().sync();
        batch.release();
        store.close();
        // So that nothing of it is believed without its checksum.
        disk.processDeath();
        store = LoneMember.open(disk);
        repair = new DamageRepair(MemberOfThree.settings().build(), store, shell, peers, tasks::add, meter, host);
        store.log().onDamage(run -> {
            damaged = run;
            repair.found(run);
        });
    }

    @AfterEach
    void close() throws StoreException {
        store.close();
    }

    private static long position(long index) {
        LogBatch before = MemberOfThree.batch(1, (int) index, 4, 0);
        try {
            return before.positionAt(index);
        } finally {
            before.release();
        }
    }

    private void damage() {
        disk.flipBit("log/00000000000000000000", position(VICTIM) + LogRecord.HEADER_BYTES + 2, 1);
        assertThatThrownBy(this::read).isInstanceOf(StoreException.Damaged.class);
        settle();
    }

    private void read() throws StoreException {
        store.log().readBatch(VICTIM, 1).release();
    }

    private void settle() {
        boolean more = true;
        while (more) {
            boolean ran = shell.runOnce();
            more = shell.runReads() || ran;
        }
    }

    private void runLane() throws StoreException {
        List<LaneTask> done = new ArrayList<>();
        new LaneWork(store, MemberOfThree.settings().build().durability(), meter).run(tasks, done);
        done.forEach(LaneTask::finish);
    }

    private void tick() {
        shell.nowMs += ASK_AGAIN_MS;
        repair.tick(shell.nowMs);
    }

    /** A member sends entries up to this one, in answer to what was asked. */
    private void answer(String member, long last) {
        LogBatch all = MemberOfThree.batch(1, (int) last, 4, 0);
        LogBatch run = all.from(damaged.firstIndex());
        repair.answered(member, new Message.EntriesReply(9, damaged.firstIndex(), new BatchEntries(run)));
        run.release();
        all.release();
    }

    @Test
    void damageThatAReaderMeetsIsPutBackFromAnotherMember() throws Exception {
        damage();
        assertThat(peers.asked()).containsExactly("n1");
        assertThat(meter.damage().state().runs()).isEqualTo(1);
        answer("n1", damaged.lastIndex());
        runLane();
        assertThatCode(this::read).doesNotThrowAnyException();
        assertThat(host.repaired).isEqualTo(1);
        assertThat(meter.damage().state().runs()).isZero();
    }

    @Test
    void theNextMemberIsAskedWhenOneHasNothingOrDoesNotAnswer() throws Exception {
        damage();
        repair.answered("n1", new Message.EntriesReply(9, VICTIM, null));
        tick();
        assertThat(peers.asked()).containsExactly("n1", "n2");
        tick();
        assertThat(peers.asked()).containsExactly("n1", "n2", "n1");
        peers.connected.remove("n2");
        tick();
        tick();
        assertThat(peers.asked()).endsWith("n1", "n1");
    }

    @Test
    void whatNobodyAskedForOrDoesNotFitIsNotWritten() throws Exception {
        damage();
        answer("n2", damaged.lastIndex());
        assertThat(tasks).as("n1 was asked").isEmpty();
        answer("n1", COMMIT + 1);
        assertThat(tasks).as("more than was asked for").isEmpty();
        tick();
        answer("n2", damaged.lastIndex());
        assertThat(tasks).hasSize(1);
        answer("n2", damaged.lastIndex());
        assertThat(tasks).as("while it is being written").hasSize(1);
        runLane();
    }

    @Test
    void onlyCommittedEntriesAreAskedFor() {
        host.commit = VICTIM - 1;
        damage();
        assertThat(peers.asked()).isEmpty();
        host.commit = damaged.lastIndex();
        tick();
        assertThat(peers.asked()).hasSize(1);
    }

    @Test
    void othersAreGivenExactlyTheCommittedEntriesThatTheyAskFor() {
        repair.asked("n2", new Message.EntriesRequest(9, 2, 4));
        settle();
        assertThat(peers.sent)
                .singleElement()
                .extracting(MemberOfThree.Sent::to)
                .isEqualTo("n2");
        assertThat(peers.given).containsExactly(List.of(2L, 4L));
        peers.sent.clear();
        host.commit = COMMIT - 1;
        for (long[] range : new long[][] {{2, COMMIT}, {0, 1}, {3, 2}}) {
            repair.asked("n2", new Message.EntriesRequest(9, range[0], range[1]));
        }
        settle();
        assertThat(peers.sent).hasSize(3);
        assertThat(peers.given).as("nothing more").hasSize(1);
    }

    @Test
    void whatIsDamagedHereIsNotGivenToOthers() {
        damage();
        peers.sent.clear();
        repair.asked("n2", new Message.EntriesRequest(9, VICTIM, VICTIM));
        settle();
        assertThat(peers.sent).hasSize(1);
        assertThat(peers.given).isEmpty();
    }

    @Test
    void damageWhoseEntriesAreNotKnownIsReportedAsNotRepairable() {
        repair.found(new DamagedRun(0, 0, "nobody knows which"));
        settle();
        assertThat(host.given).hasSize(1);
        assertThat(peers.asked()).isEmpty();
        tick();
        assertThat(peers.asked()).isEmpty();
    }
}
