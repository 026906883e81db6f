package io.vledger.broker.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.vertx.core.Future;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Refusal;
import io.vledger.api.group.StateMachine;
import io.vledger.api.group.StatusListeners;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A group of one member: what is proposed is written and applied when {@link #turn} is called. */
public final class FakeGroup implements Group {
    private static final int ROOM_BYTES = 64;

    private final GroupStore store;
    private final StatusListeners statusListeners;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::atMs).thenComparingLong(Timer::order));
    private final List<Entry> applied = new ArrayList<>();
    private final List<Completion> barriers = new ArrayList<>();
    private List<List<Completion>> completions = new ArrayList<>();
    private @Nullable StateMachine machine;
    private LogBatch.@Nullable Builder builder;
    private byte openKind;
    private GroupRole role = GroupRole.FOLLOWER;
    private @Nullable String leader = "n1";
    private long term = 1;
    private long order;
    private long nowMs = 1_700_000_000_000L;
    private @Nullable Refusal refusal = Refusal.NOT_LEADER;
    private long droppedBefore = -1;
    private long locallyDroppedBefore = -1;

    /** An entry that was applied. */
    public record Entry(long index, byte kind, short version, long position, byte[] payload) {}

    private record Timer(long atMs, long order, Runnable task) {}

    FakeGroup(GroupStore store) {
        this.store = store;
        this.statusListeners = new StatusListeners(this::execute, this::status);
    }

    void machine(StateMachine newMachine) {
        machine = newMachine;
    }

    private StateMachine machine() {
        StateMachine bound = machine;
        if (bound == null) {
            throw new IllegalStateException("no state machine");
        }
        return bound;
    }

    /** Makes this member the leader. */
    public void lead() {
        term++;
        role = GroupRole.LEADER;
        leader = node();
        refusal = null;
        machine().roleChanged(role, term);
        statusListeners.published(status());
    }

    /** Another member leads; what was proposed and not applied is lost with an unknown outcome. */
    public void follow() {
        follow("n1");
    }

    /** Another member leads, or none; what was proposed and not applied is lost with an unknown outcome. */
    public void follow(@Nullable String newLeader) {
        follow(newLeader, Refusal.UNKNOWN);
    }

    /** Another member leads, or none; what was proposed and not applied has this outcome. */
    public void follow(@Nullable String newLeader, Refusal outcome) {
        LogBatch.Builder open = builder;
        builder = null;
        if (open != null) {
            open.discard();
        }
        List<List<Completion>> lost = completions;
        completions = new ArrayList<>();
        role = GroupRole.FOLLOWER;
        leader = newLeader;
        refusal = Refusal.NOT_LEADER;
        lost.forEach(entry -> entry.forEach(completion -> completion.done(outcome)));
        machine().roleChanged(role, term);
        statusListeners.published(status());
    }

    /** The member stops. */
    public void end() {
        role = GroupRole.STOPPED;
        machine().roleChanged(role, term);
        statusListeners.published(status());
    }

    /** Refuses proposals with this reason, or takes them again. */
    public void refuse(@Nullable Refusal reason) {
        refusal = reason;
        statusListeners.published(status());
    }

    /** Now, milliseconds since the epoch. */
    public long nowMs() {
        return nowMs;
    }

    /** Everything applied so far. */
    public List<Entry> applied() {
        return applied;
    }

    /** The last index given to {@link #proposeDropPrefix}, or -1. */
    public long droppedBefore() {
        return droppedBefore;
    }

    /** The last index given to {@link #dropLocalPrefix}, or -1. */
    public long locallyDroppedBefore() {
        return locallyDroppedBefore;
    }

    /** Lets time pass, running what is due on the way. */
    public void advance(long ms) {
        long end = nowMs + ms;
        settle();
        while (!timers.isEmpty() && timers.peek().atMs() <= end) {
            Timer timer = timers.poll();
            nowMs = Math.max(nowMs, timer.atMs());
            timer.task().run();
            settle();
        }
        nowMs = end;
    }

    /** Runs tasks and turns until nothing is left to do now. */
    public void settle() {
        do {
            Runnable task = tasks.poll();
            while (task != null) {
                task.run();
                task = tasks.poll();
            }
            turn();
        } while (!tasks.isEmpty() || builder != null || !barriers.isEmpty());
    }

    /** Writes and applies what was proposed. */
    public void turn() {
        LogBatch.Builder open = builder;
        if (open != null) {
            builder = null;
            closeEntry(open);
            LogBatch batch = open.build();
            List<List<Completion>> done = completions;
            completions = new ArrayList<>();
            try {
                store.log().append(batch);
                store.log().sync();
                for (long index = batch.firstIndex(); index <= batch.lastIndex(); index++) {
                    apply(batch, index);
                }
                machine().applied(batch.lastIndex());
            } catch (StoreException failure) {
                throw new IllegalStateException(failure);
            } finally {
                batch.release();
            }
            done.forEach(entry -> entry.forEach(completion -> completion.done(null)));
        }
        List<Completion> reads = List.copyOf(barriers);
        barriers.clear();
        reads.forEach(read -> read.done(role == GroupRole.LEADER ? null : Refusal.NOT_LEADER));
    }

    private void apply(LogBatch batch, long index) {
        long position = batch.positionAt(index) + LogRecord.HEADER_BYTES;
        ByteBuf payload = batch.payloadAt(index);
        byte kind = batch.kindAt(index);
        short version = batch.payloadVersionAt(index);
        applied.add(new Entry(index, kind, version, position, ByteBufUtil.getBytes(payload)));
        machine().apply(index, kind, version, position, payload);
    }

    private void closeEntry(LogBatch.Builder open) {
        if (open.isOpen()) {
            open.close(openKind, (short) 1, store.log().lastIndex() + 1 + open.count(), term);
        }
    }

    @Override
    public String name() {
        return "broker-a";
    }

    @Override
    public String node() {
        return "n0";
    }

    @Override
    public GroupStatus status() {
        return GroupStatus.builder(name(), node())
                .role(role)
                .term(term)
                .leader(leader)
                .appliedIndex(applied.size())
                .lastIndex(store.log().lastIndex())
                .firstIndex(1)
                .endPosition(store.log().endPosition())
                .members(List.of(
                        GroupStatus.Member.builder("n0")
                                .raftAddress("127.0.0.1:1")
                                .clientAddress("127.0.0.1:10911")
                                .connected(true)
                                .voter(true)
                                .build(),
                        GroupStatus.Member.builder("n1")
                                .raftAddress("127.0.0.1:2")
                                .clientAddress("127.0.0.1:10912")
                                .connected(true)
                                .voter(true)
                                .build(),
                        GroupStatus.Member.builder("n2")
                                .raftAddress("127.0.0.1:3")
                                .clientAddress("127.0.0.1:10913")
                                .connected(true)
                                .voter(true)
                                .build()))
                .writable(refusal == null)
                .diskUsedPercent(1)
                .build();
    }

    @Override
    public Registration onStatus(Consumer<GroupStatus> listener) {
        return statusListeners.add(listener);
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public void schedule(long delayMs, Runnable task) {
        timers.add(new Timer(nowMs + delayMs, order++, task));
    }

    @Override
    public @Nullable Refusal refusal() {
        return refusal;
    }

    @Override
    public @Nullable Refusal begin(byte kind, short payloadVersion, int bytes) {
        if (refusal != null) {
            return refusal;
        }
        LogBatch.Builder open = builder;
        if (open == null) {
            long position = store.log()
                    .addressing()
                    .place(store.log().endPosition(), LogRecord.HEADER_BYTES + bytes + ROOM_BYTES);
            open = new LogBatch.Builder(
                    store.log().addressing(), position, PooledByteBufAllocator.DEFAULT, bytes + ROOM_BYTES);
            builder = open;
        } else if (open.isOpen() && openKind != kind) {
            closeEntry(open);
        }
        if (open.room() < bytes + ROOM_BYTES) {
            turn();
            return begin(kind, payloadVersion, bytes);
        }
        if (!open.isOpen()) {
            open.open();
            openKind = kind;
            completions.add(new ArrayList<>());
        }
        return null;
    }

    @Override
    public ByteBuf buffer() {
        return open().buffer();
    }

    @Override
    public long bufferPosition() {
        return open().writePosition();
    }

    private LogBatch.Builder open() {
        LogBatch.Builder open = builder;
        if (open == null) {
            throw new IllegalStateException("nothing was begun");
        }
        return open;
    }

    @Override
    public void submit(Completion completion) {
        completions.get(completions.size() - 1).add(completion);
    }

    @Override
    public @Nullable Refusal propose(byte kind, short payloadVersion, ByteBuf payload, Completion completion) {
        LogBatch.Builder open = builder;
        if (open != null) {
            closeEntry(open);
        }
        Refusal reason = begin(kind, payloadVersion, payload.readableBytes());
        if (reason == null) {
            buffer().writeBytes(payload, payload.readerIndex(), payload.readableBytes());
            submit(completion);
            closeEntry(open());
        }
        return reason;
    }

    @Override
    public void readBarrier(Completion completion) {
        barriers.add(completion);
    }

    @Override
    public Future<Void> transferLeadership(@Nullable String target) {
        return Future.succeededFuture();
    }

    @Override
    public @Nullable Refusal proposeDropPrefix(long index, Completion completion) {
        droppedBefore = index;
        tasks.add(() -> completion.done(null));
        return null;
    }

    @Override
    public void dropLocalPrefix(long index) {
        locallyDroppedBefore = index;
    }

    @Override
    public Future<Void> stop() {
        return Future.succeededFuture();
    }
}
