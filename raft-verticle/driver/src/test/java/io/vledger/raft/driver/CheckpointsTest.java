package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.store.GroupStore;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreException;
import io.vledger.raft.RaftSettings;
import io.vledger.testkit.SimDisk;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CheckpointsTest {
    private static final int CHECKPOINT_BYTES = 3_000;
    private static final int INTERVAL_MS = 1_000;
    private static final MemberList MEMBERS = new MemberList(Map.of());

    private final SimDisk disk = new SimDisk();
    private final GroupStore store;
    private final LoneMember.Numbers machine = new LoneMember.Numbers();
    private final ArrayDeque<LaneTask> tasks = new ArrayDeque<>();
    private final LaneWork work;
    private final Checkpoints checkpoints;

    CheckpointsTest() throws StoreException {
        store = LoneMember.open(disk);
        ReplicaSettings settings = settings("n0");
        work = new LaneWork(store, settings.durability(), new ReplicaMeter(() -> 0));
        checkpoints = checkpoints("n0");
    }

    private static ReplicaSettings settings(String node) {
        return ReplicaSettings.builder("g", new RaftSettings(node, List.of("n0", "n1", "n2"), 50, 300, 1 << 20, ""))
                .checkpointBytes(CHECKPOINT_BYTES)
                .checkpointIntervalMs(INTERVAL_MS)
                .build();
    }

    private Checkpoints checkpoints(String node) {
        return new Checkpoints(settings(node), store, machine, tasks::add, 0);
    }

    @AfterEach
    void close() throws StoreException {
        store.close();
    }

    /** Takes a checkpoint and has the lane write it. */
    private void take(Snapshot at, boolean boundary) throws StoreException {
        checkpoints.take(at, boundary, MEMBERS, 0, () -> {});
        runLane();
    }

    private void runLane() throws StoreException {
        List<LaneTask> done = new ArrayList<>();
        work.run(tasks, done);
        done.forEach(LaneTask::finish);
    }

    private static Snapshot at(long index, long position) {
        return new Snapshot(index, 1, position);
    }

    @Test
    void oneIsDueAfterBytesOrAfterTimeButNotWithoutNewEntries() {
        assertThat(checkpoints.due(1, CHECKPOINT_BYTES - 1, INTERVAL_MS - 1)).isFalse();
        assertThat(checkpoints.due(1, CHECKPOINT_BYTES, 0)).isTrue();
        assertThat(checkpoints.due(1, 1, INTERVAL_MS)).isTrue();
        assertThat(checkpoints.due(0, CHECKPOINT_BYTES, INTERVAL_MS)).isFalse();
    }

    @Test
    void membersTakeTheirsAtDifferentPositions() {
        Checkpoints other = checkpoints("n1");
        other.restored(at(0, 0));
        assertThat(other.due(1, CHECKPOINT_BYTES * 2 / 3, 0)).isTrue();
        checkpoints.restored(at(0, 0));
        assertThat(checkpoints.due(1, CHECKPOINT_BYTES * 2 / 3, 0)).isFalse();
    }

    @Test
    void whileOneIsWrittenNoOtherIsDue() throws Exception {
        List<String> done = new ArrayList<>();
        checkpoints.take(at(5, 500), false, MEMBERS, 0, () -> done.add("durable"));
        assertThat(checkpoints.running()).isTrue();
        assertThat(checkpoints.due(9, 50_000, 50_000)).isFalse();
        assertThat(done).isEmpty();
        runLane();
        assertThat(checkpoints.running()).isFalse();
        assertThat(done).containsExactly("durable");
        assertThat(store.snapshots().list()).containsExactly(at(5, 500));
    }

    @Test
    void theStateIsThatOfTheMomentItWasCaptured() throws Exception {
        machine.applied.add(1L);
        checkpoints.take(at(1, 100), false, MEMBERS, 0, () -> {});
        machine.applied.add(2L);
        runLane();
        var data = store.snapshots().load(at(1, 100));
        SnapshotImage image = SnapshotImage.decode(data);
        assertThat(image.state().readableBytes()).isEqualTo(Long.BYTES);
        assertThat(image.state().readLong()).isEqualTo(1);
        data.release();
    }

    @Test
    void onlyTheNewestAndThoseAtSegmentBoundariesAreKept() throws Exception {
        take(at(5, 500), false);
        take(at(9, LoneMember.SEGMENT_BYTES), true);
        take(at(12, LoneMember.SEGMENT_BYTES + 300), false);
        take(at(15, LoneMember.SEGMENT_BYTES + 600), false);
        assertThat(store.snapshots().list())
                .containsExactly(at(9, LoneMember.SEGMENT_BYTES), at(15, LoneMember.SEGMENT_BYTES + 600));
    }

    @Test
    void aBoundaryIsFoundUntilTheLogBeforeItIsDropped() throws Exception {
        take(at(9, LoneMember.SEGMENT_BYTES), true);
        take(at(20, 2L * LoneMember.SEGMENT_BYTES), true);
        assertThat(checkpoints.boundaryBelow(9)).isEqualTo(-1);
        assertThat(checkpoints.boundaryBelow(10)).isEqualTo(9);
        assertThat(checkpoints.boundaryBelow(100)).isEqualTo(20);
        checkpoints.dropped(20);
        assertThat(checkpoints.boundaryBelow(20)).isEqualTo(-1);
        assertThat(checkpoints.boundaryBelow(21)).isEqualTo(20);
    }

    @Test
    void boundariesOfEarlierStartsAreKnown() throws Exception {
        take(at(9, LoneMember.SEGMENT_BYTES), true);
        take(at(12, LoneMember.SEGMENT_BYTES + 300), false);
        assertThat(checkpoints("n0").boundaryBelow(50)).isEqualTo(9);
    }

    @Test
    void aCheckpointThatFindsNoRoomIsTakenAgainLater() throws Exception {
        disk.capacity(disk.usedBytes());
        checkpoints.take(at(5, 500), true, MEMBERS, 0, () -> {});
        runLane();
        assertThat(checkpoints.running()).isFalse();
        assertThat(store.snapshots().list()).isEmpty();
        assertThat(checkpoints.boundaryBelow(100)).isEqualTo(-1);
        assertThat(checkpoints.due(5, 500, INTERVAL_MS)).isTrue();
    }
}
