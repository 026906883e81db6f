package io.vledger.broker.rig;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Refusal;
import io.vledger.api.group.StatusListeners;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.StoreException;
import io.vledger.broker.state.BrokerState;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A group that commits at once, or when told to, on a store that is real. Time passes when the test says so. */
public final class RigGroup implements Group {
    private final GroupStore store;
    private final StatusListeners statusListeners;
    private final List<Runnable> held = new ArrayList<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::dueMs).thenComparingLong(Timer::number));
    private @Nullable BrokerState state;
    private GroupRole role = GroupRole.FOLLOWER;
    private @Nullable String leader;
    private boolean holding;
    private @Nullable Refusal refusing;
    private long nowMs = 1_700_000_000_000L;
    private long timerNumber;
    private long index;

    RigGroup(GroupStore store) {
        this.store = store;
        this.statusListeners = new StatusListeners(this::execute, this::status);
    }

    void bind(BrokerState bound) {
        state = bound;
    }

    /** Milliseconds since the epoch. */
    public long nowMs() {
        return nowMs;
    }

    /** Makes this member the leader. */
    public void lead() {
        become(GroupRole.LEADER, "n0");
    }

    /** Makes this member a follower of {@code newLeader}, or of nobody. */
    public void follow(@Nullable String newLeader) {
        become(GroupRole.FOLLOWER, newLeader);
    }

    private void become(GroupRole newRole, @Nullable String newLeader) {
        role = newRole;
        leader = newLeader;
        Objects.requireNonNull(state).roleChanged(newRole, 7);
        statusListeners.published(status());
        run(1);
    }

    /** Keeps proposals from being committed until {@link #commitHeld}. */
    public void hold() {
        holding = true;
    }

    /** Commits what was held. */
    public void commitHeld() {
        holding = false;
        List<Runnable> now = new ArrayList<>(held);
        held.clear();
        now.forEach(Runnable::run);
    }

    /** Proposals that are held. */
    public int heldProposals() {
        return held.size();
    }

    /** Refuses all proposals from now on; null to take them. */
    public void refuse(@Nullable Refusal refusal) {
        refusing = refusal;
    }

    /** Lets time pass. */
    public void run(long ms) {
        long end = nowMs + ms;
        while (!timers.isEmpty() && timers.peek().dueMs() <= end) {
            Timer timer = timers.poll();
            nowMs = Math.max(nowMs, timer.dueMs());
            timer.task().run();
        }
        nowMs = end;
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
                .term(7)
                .leader(leader)
                .commitIndex(index)
                .appliedIndex(index)
                .lastIndex(index)
                .firstIndex(1)
                .endPosition(store.log().endPosition())
                .members(List.of(
                        GroupStatus.Member.builder("n0")
                                .raftAddress("127.0.0.1:40911")
                                .clientAddress("127.0.0.1:30911")
                                .connected(true)
                                .voter(true)
                                .matchIndex(index)
                                .build(),
                        GroupStatus.Member.builder("n1")
                                .raftAddress("127.0.0.1:40912")
                                .clientAddress("127.0.0.1:30921")
                                .connected(true)
                                .voter(true)
                                .matchIndex(index)
                                .build()))
                .writable(true)
                .diskUsedPercent(10)
                .elections(1)
                .build();
    }

    @Override
    public Registration onStatus(Consumer<GroupStatus> listener) {
        return statusListeners.add(listener);
    }

    @Override
    public void execute(Runnable task) {
        schedule(0, task);
    }

    @Override
    public void schedule(long delayMs, Runnable task) {
        timers.add(new Timer(nowMs + delayMs, timerNumber++, task));
    }

    @Override
    public @Nullable Refusal refusal() {
        return role == GroupRole.LEADER ? refusing : Refusal.NOT_LEADER;
    }

    @Override
    public @Nullable Refusal begin(byte kind, short payloadVersion, int bytes) {
        throw new UnsupportedOperationException("use propose");
    }

    @Override
    public ByteBuf buffer() {
        throw new UnsupportedOperationException("use propose");
    }

    @Override
    public long bufferPosition() {
        throw new UnsupportedOperationException("use propose");
    }

    @Override
    public void submit(Completion completion) {
        throw new UnsupportedOperationException("use propose");
    }

    /** Where the payload of the next proposal of this size will lie. */
    public long nextPayloadPosition(int bytes) {
        Addressing addressing = store.log().addressing();
        int length = LogRecord.HEADER_BYTES + bytes;
        return addressing.place(store.log().endPosition(), length) + LogRecord.HEADER_BYTES;
    }

    @Override
    public @Nullable Refusal propose(byte kind, short payloadVersion, ByteBuf payload, Completion completion) {
        Refusal refusal = refusal();
        if (refusal != null) {
            return refusal;
        }
        ByteBuf copy = Unpooled.copiedBuffer(payload);
        if (holding) {
            held.add(() -> commit(kind, payloadVersion, copy, completion));
        } else {
            commit(kind, payloadVersion, copy, completion);
        }
        return null;
    }

    private void commit(byte kind, short version, ByteBuf payload, Completion completion) {
        long position = nextPayloadPosition(payload.readableBytes());
        LogBatch.Builder builder = new LogBatch.Builder(
                store.log().addressing(),
                position - LogRecord.HEADER_BYTES,
                UnpooledByteBufAllocator.DEFAULT,
                payload.readableBytes() + 64);
        builder.open();
        builder.buffer().writeBytes(payload.duplicate());
        index++;
        builder.close(kind, version, index, 7);
        LogBatch batch = builder.build();
        try {
            store.log().append(batch);
        } catch (StoreException e) {
            throw new UncheckedIOException(e);
        } finally {
            batch.release();
        }
        BrokerState bound = Objects.requireNonNull(state);
        bound.apply(index, kind, version, position, payload);
        bound.applied(index);
        payload.release();
        completion.done(null);
    }

    @Override
    public void readBarrier(Completion completion) {
        completion.done(refusal());
    }

    @Override
    public Future<Void> transferLeadership(@Nullable String node) {
        return Future.succeededFuture();
    }

    @Override
    public @Nullable Refusal proposeDropPrefix(long beforeIndex, Completion completion) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void dropLocalPrefix(long beforeIndex) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> stop() {
        return Future.succeededFuture();
    }

    private record Timer(long dueMs, long number, Runnable task) {}
}
