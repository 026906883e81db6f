package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.group.EntryKind;
import io.vledger.api.group.Refusal;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Members;
import io.vledger.raft.PersistentState;
import io.vledger.raft.Raft;
import io.vledger.raft.Standing;
import io.vledger.raft.TermRun;
import io.vledger.testkit.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ApplierTest {
    private static final int PAYLOAD_BYTES = 100;

    private static final PersistentState NEW = new PersistentState(
            new Raft.Memory(1, "", 1, Standing.VOTER),
            Members.initial(MemberOfThree.IDS),
            List.of(new TermRun(0, 0)),
            0,
            0);

    private final GroupStore store;
    private final BatchCache cache = new BatchCache(0);
    private final LoneMember.Numbers machine = new LoneMember.Numbers();
    private final List<String> own = new ArrayList<>();
    private final Applier applier;

    ApplierTest() throws StoreException {
        store = LoneMember.open(new SimDisk());
        Raft raft = new Raft(MemberOfThree.settings().build().raft(), NEW, bound -> 0, 0);
        applier = new Applier(
                store,
                machine,
                cache,
                new Snapshot(0, 0, 0),
                new MemberList(Map.of()),
                new Applier.RaftEntries() {
                    @Override
                    public void membersApplied(MemberList list) {
                        own.add("members " + list.members().keySet());
                    }

                    @Override
                    public void dropPrefixApplied(long index) {
                        own.add("drop " + index);
                    }
                },
                new Contradictions("g", raft, machine, () -> 0));
        own.clear();
    }

    @AfterEach
    void close() throws StoreException {
        store.close();
    }

    /** Writes entries whose payload begins with their index, each a batch of its own. */
    private void write(int count, int bytes) throws StoreException {
        for (int i = 0; i < count; i++) {
            write(LoneMember.KIND, store.log().lastIndex() + 1, bytes);
        }
    }

    private void write(byte kind, long number, int bytes) throws StoreException {
        long position = store.log().addressing().place(store.log().endPosition(), LogRecord.HEADER_BYTES + bytes);
        LogBatch.Builder builder =
                new LogBatch.Builder(store.log().addressing(), position, UnpooledByteBufAllocator.DEFAULT, bytes);
        builder.open();
        builder.buffer().writeLong(number).writeZero(bytes - Long.BYTES);
        builder.close(kind, (short) 1, store.log().lastIndex() + 1, 1);
        LogBatch batch = builder.build();
        store.log().append(batch);
        batch.release();
    }

    @Test
    void onlyWhatIsWrittenHereIsApplied() throws Exception {
        write(3, PAYLOAD_BYTES);
        assertThat(applier.applyUpTo(3)).isEqualTo(Applier.Pause.DONE);
        assertThat(machine.applied).as("the lane has not reported the write").isEmpty();
        applier.written(2);
        applier.applyUpTo(3);
        assertThat(machine.applied).containsExactly(1L, 2L);
        applier.written(3);
        applier.applyUpTo(3);
        assertThat(machine.applied).containsExactly(1L, 2L, 3L);
        assertThat(applier.endPosition()).isEqualTo(store.log().endPosition());
    }

    @Test
    void onlyWhatIsCommittedIsApplied() throws Exception {
        write(3, PAYLOAD_BYTES);
        applier.written(3);
        applier.applyUpTo(1);
        assertThat(machine.applied).containsExactly(1L);
    }

    @Test
    void aSegmentIsEnteredOnlyWhenThatIsAllowed() throws Exception {
        write(5, LoneMember.SEGMENT_BYTES / 4);
        applier.written(5);
        assertThat(applier.applyUpTo(5)).isEqualTo(Applier.Pause.SEGMENT_END);
        long before = applier.applied();
        assertThat(applier.nextSegment()).isEqualTo(LoneMember.SEGMENT_BYTES);
        assertThat(applier.applyUpTo(5)).isEqualTo(Applier.Pause.SEGMENT_END);
        assertThat(applier.applied()).isEqualTo(before).isLessThan(5);
        applier.passSegmentEnd();
        assertThat(applier.applyUpTo(5)).isEqualTo(Applier.Pause.DONE);
        assertThat(machine.applied).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void entriesOfRaftDoNotReachTheStateMachine() throws Exception {
        write(EntryKind.NOOP, 0, PAYLOAD_BYTES);
        write(EntryKind.DROP_PREFIX, 77, Long.BYTES);
        applier.written(2);
        applier.applyUpTo(2);
        assertThat(machine.applied).isEmpty();
        assertThat(own).containsExactly("drop 77");
    }

    @Test
    void anEntryOfRaftThatIsNotKnownIsAnError() throws Exception {
        write((byte) (EntryKind.FIRST_APPLICATION_KIND - 1), 0, PAYLOAD_BYTES);
        applier.written(1);
        assertThatThrownBy(() -> applier.applyUpTo(1)).hasMessage("entry 1 is of unknown kind 15");
    }

    @Test
    void aReadWaitsUntilItsIndexIsApplied() throws Exception {
        List<@Nullable Refusal> outcomes = new ArrayList<>();
        write(2, PAYLOAD_BYTES);
        applier.written(2);
        applier.whenApplied(0, outcomes::add);
        assertThat(outcomes).as("applied already").containsExactly((Refusal) null);
        applier.whenApplied(2, outcomes::add);
        applier.applyUpTo(1);
        assertThat(outcomes).hasSize(1);
        applier.applyUpTo(2);
        assertThat(outcomes).containsExactly(null, null);
    }

    @Test
    void readsOfALeaderThatIsNoneAnyMoreAreRefused() {
        List<@Nullable Refusal> outcomes = new ArrayList<>();
        applier.whenApplied(5, outcomes::add);
        applier.failReads();
        applier.failReads();
        assertThat(outcomes).containsExactly(Refusal.NOT_LEADER);
    }

    @Test
    void aTruncationOfWhatIsAppliedIsAnError() throws Exception {
        write(2, PAYLOAD_BYTES);
        applier.written(2);
        applier.applyUpTo(1);
        applier.truncated(2);
        applier.applyUpTo(2);
        assertThat(machine.applied).as("the truncated entry is written no more").containsExactly(1L);
        assertThatThrownBy(() -> applier.truncated(1)).hasMessage("applied entry 1 would be truncated");
    }

    @Test
    void aWriteThatATruncationOvertookCountsForNothing() throws Exception {
        write(2, PAYLOAD_BYTES);
        applier.written(-1);
        assertThat(applier.writtenIndex()).isZero();
    }

    @Test
    void anInstalledStateIsContinuedFromItsBase() {
        LogBase base = new LogBase(40, 3, 5L * LoneMember.SEGMENT_BYTES);
        applier.reset(base, new MemberList(Map.of("n7", new MemberList.Entry(1, "h:1", "h:2"))));
        assertThat(applier.applied()).isEqualTo(40);
        assertThat(applier.writtenIndex()).isEqualTo(40);
        assertThat(applier.appliedUpTo(base.position())).isEqualTo(new Snapshot(40, 3, base.position()));
        assertThat(own).containsExactly("members [n7]");
    }
}
