package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Completion;
import io.vledger.api.group.ContradictionException;
import io.vledger.api.group.EntryKind;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.api.group.StateMachine;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.raft.Message;
import io.vledger.raft.RaftSettings;
import io.vledger.store.mmap.MmapStoreProvider;
import io.vledger.testkit.SimDisk;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A group of one member over a simulated disk. Its loop, lane and clock move when the test says so. */
final class LoneMember {
    static final byte KIND = EntryKind.FIRST_APPLICATION_KIND;
    static final int SEGMENT_BYTES = 64 << 10;
    private static final int STEP_MS = 10;
    private static final int SETTLE_LIMIT = 10_000;

    final GroupStore store;
    final ManualShell shell = new ManualShell();
    final Replica replica;
    final Numbers machine = new Numbers();
    final QueuedLane lane;
    /** Outcomes of {@link #propose}, in the order they came; null for committed. */
    final List<@Nullable Refusal> outcomes = new ArrayList<>();

    LoneMember(SimDisk disk) throws StoreException {
        this(disk, settings());
    }

    LoneMember(SimDisk disk, ReplicaSettings settings) throws StoreException {
        this(disk, settings, null);
    }

    /** A member with a state machine of the test's; null for {@link #machine}. */
    LoneMember(SimDisk disk, ReplicaSettings settings, @Nullable StateMachine other) throws StoreException {
        this(disk, settings, other, new NoLinks());
    }

    /** A member with other members, as {@code links} play them. */
    LoneMember(SimDisk disk, ReplicaSettings settings, @Nullable StateMachine other, Links links)
            throws StoreException {
        store = open(disk);
        Recovered recovered = Recovered.from(store, LogBase.EMPTY, settings, new FakeIdentity());
        replica =
                new Replica(settings, store, recovered, shell, (group, groupStore) -> other == null ? machine : other);
        lane = new QueuedLane(new LaneWork(store, settings.durability(), replica.meter()));
        replica.attach(lane, links);
        shell.turn = replica::turn;
        replica.start();
    }

    static GroupStore open(SimDisk disk) throws StoreException {
        StoreSpec spec = new StoreSpec(Path.of("/m"), "g", "n0", SEGMENT_BYTES, LogBase.EMPTY, new JsonObject());
        return new MmapStoreProvider().open(spec, disk);
    }

    static ReplicaSettings settings() {
        return settingsBuilder().build();
    }

    static ReplicaSettingsBuilder settingsBuilder() {
        RaftSettings raft = new RaftSettings("n0", List.of("n0"), 50, 300, 1 << 20, "");
        return ReplicaSettings.builder("g", raft)
                .raftAddresses(Map.of("n0", "h:1"))
                .clientAddress("h:2")
                .maxEntryBytes(16 << 10)
                .diskFullPercent(100);
    }

    /** Lets time pass until this member leads. */
    LoneMember lead() {
        for (int ms = 0; replica.status().role() != GroupRole.LEADER; ms += STEP_MS) {
            if (ms > 10_000) {
                throw new AssertionError("no leader: " + replica.status());
            }
            pass(STEP_MS);
        }
        return this;
    }

    /** Time passes, and everything that is at hand is done. */
    void pass(long ms) {
        for (long passed = 0; passed < ms; passed += STEP_MS) {
            shell.nowMs += STEP_MS;
            if (shell.nowMs % 1_000 == 0) {
                replica.tick();
            }
            settle();
        }
    }

    private boolean runAll() {
        boolean either = runLoopAndLane();
        boolean read = shell.runReads();
        return either || read;
    }

    /** One step of the loop and one of the lane; returns whether any had something to do. */
    boolean runLoopAndLane() {
        boolean loop = shell.runOnce();
        boolean written = lane.runOnce();
        return loop || written;
    }

    /** Runs the loop alone until nothing is left to do. */
    void runLoop() {
        boolean more = true;
        while (more) {
            more = shell.runOnce();
        }
    }

    /** Runs loop, lane and reads until nothing is left to do. */
    void settle() {
        for (int i = 0; runAll(); i++) {
            if (i > SETTLE_LIMIT) {
                throw new AssertionError("the member never comes to rest");
            }
        }
    }

    /** Proposes a number; why it was refused, or null. */
    @Nullable
    Refusal propose(long number) {
        ByteBuf payload = Unpooled.buffer(Long.BYTES).writeLong(number);
        return replica.propose(KIND, (short) 1, payload, outcomes::add);
    }

    /** Proposes so many bytes after a number. */
    @Nullable
    Refusal propose(long number, int bytes, Completion completion) {
        ByteBuf payload = Unpooled.buffer(bytes).writeLong(number).writeZero(bytes - Long.BYTES);
        return replica.propose(KIND, (short) 1, payload, completion);
    }

    /** The lane, whose tasks wait until {@link #runOnce}. */
    final class QueuedLane implements Lane {
        private final LaneWork work;
        private final ArrayDeque<LaneTask> tasks = new ArrayDeque<>();
        boolean held;
        boolean stuck;
        boolean closed;

        QueuedLane(LaneWork work) {
            this.work = work;
        }

        @Override
        public void submit(LaneTask task) {
            tasks.add(task);
        }

        /** What was submitted last and is not done. */
        LaneTask last() {
            return tasks.getLast();
        }

        boolean runOnce() {
            if (held || tasks.isEmpty()) {
                return false;
            }
            List<LaneTask> done = new ArrayList<>();
            try {
                work.run(tasks, done);
            } catch (StoreException | RuntimeException failure) {
                tasks.clear();
                shell.execute(() -> replica.fail(failure));
                return true;
            }
            done.forEach(task -> shell.execute(task::finish));
            return true;
        }

        @Override
        public boolean stuck(long nowMs, long ms) {
            return stuck;
        }

        @Override
        public void close() {
            held = false;
            boolean more = true;
            while (more) {
                more = runOnce();
            }
            closed = true;
        }
    }

    /** Nobody else is there. */
    static class NoLinks implements Links {
        @Override
        public void send(String member, Message message) {}

        @Override
        public String clientAddress(String member) {
            return "";
        }

        @Override
        public void close(String member) {}

        @Override
        public void reconnectAll() {}

        @Override
        public boolean connected(String member) {
            return false;
        }
    }

    /** Keeps numbers in order. */
    static final class Numbers implements StateMachine {
        final List<Long> applied = new ArrayList<>();
        final List<GroupRole> roles = new ArrayList<>();
        /** What was applied when it was announced that this member leads. */
        List<Long> appliedAsLeader = List.of();

        final List<Long> droppedBefore = new ArrayList<>();

        /** Numbers that contradict the state. */
        final List<Long> contradicting = new ArrayList<>();

        private long leftOut;

        @Override
        public void apply(long index, byte kind, short version, long position, ByteBuf payload) {
            long number = payload.getLong(payload.readerIndex());
            if (contradicting.contains(number)) {
                throw new ContradictionException("there cannot be a " + number);
            }
            applied.add(number);
        }

        @Override
        public void applyWhatFits(long index, byte kind, short version, long position, ByteBuf payload) {
            leftOut += contradicting.contains(payload.getLong(payload.readerIndex())) ? 1 : 0;
            apply(index, kind, version, position, payload);
        }

        @Override
        public long leftOut() {
            return leftOut;
        }

        @Override
        public void snapshot(ByteBuf target) {
            applied.forEach(target::writeLong);
        }

        @Override
        public void restore(ByteBuf snapshot) {
            applied.clear();
            while (snapshot.isReadable()) {
                applied.add(snapshot.readLong());
            }
        }

        @Override
        public void prefixDropped(long position) {
            droppedBefore.add(position);
        }

        @Override
        public void roleChanged(GroupRole role, long term) {
            roles.add(role);
            appliedAsLeader = role == GroupRole.LEADER ? List.copyOf(applied) : appliedAsLeader;
        }
    }
}
