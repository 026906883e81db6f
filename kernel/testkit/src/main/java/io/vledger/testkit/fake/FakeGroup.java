package io.vledger.testkit.fake;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.group.Completion;
import io.vledger.api.group.EntryKind;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Refusal;
import io.vledger.api.group.StateMachine;
import io.vledger.api.group.StatusListeners;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A group as one of its three members sees it; the other two exist by name only. What is proposed is committed and applied when
 * {@link #turn} is called, unless commits are held; the log is a real store. Loop and clock move when the test says so.
 */
public final class FakeGroup implements Group {
    /** Bound of one entry's payload. */
    public static final int MAX_ENTRY_BYTES = 1 << 20;

    private static final short RAFT_VERSION = 1;
    private static final List<GroupStatus.Member> MEMBERS = ThreeMembers.all();

    private final GroupStore store;
    private final String node;
    private final FakeProposals proposals;
    private final StatusListeners statusListeners;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::atMs).thenComparingLong(Timer::order));
    private final List<Entry> applied = new ArrayList<>();
    private final List<Completion> barriers = new ArrayList<>();
    private @Nullable StateMachine machine;
    private GroupRole role = GroupRole.FOLLOWER;
    private @Nullable String leader = "n1";
    private String reason = "";
    private long term = 1;
    private long order;
    private long nowMs = 1_700_000_000_000L;
    private long appliedIndex;
    private @Nullable Refusal refusing;
    private boolean holding;
    private boolean closed;
    private long droppedBefore = -1;
    private long locallyDroppedBefore = -1;

    /** An entry that was applied to the state machine. */
    public record Entry(long index, byte kind, short version, long position, byte[] payload) {}

    private record Timer(long atMs, long order, Runnable task) {}

    /** A follower of another member. */
    public FakeGroup(GroupStore store) {
        this(store, "n0");
    }

    /** As another member. */
    public FakeGroup(GroupStore store, String node) {
        this.store = store;
        this.node = node;
        this.appliedIndex = store.log().lastIndex();
        this.proposals = new FakeProposals(store.log(), PooledByteBufAllocator.DEFAULT);
        this.statusListeners = new StatusListeners(this::execute, this::status);
    }

    /** What it replicates; once, before anything else. Begins in the initial state. */
    public void machine(StateMachine newMachine) {
        machine = newMachine;
        newMachine.restore(Unpooled.EMPTY_BUFFER);
    }

    private StateMachine machine() {
        StateMachine bound = machine;
        if (bound == null) {
            throw new IllegalStateException("no state machine");
        }
        return bound;
    }

    /** Makes this member the leader: commits the first entry of its term, then leads. */
    public void lead() {
        refusing = null;
        term++;
        become(GroupRole.LEADER_STARTING, node(), "");
        proposals.proposeOwn(EntryKind.NOOP, RAFT_VERSION, Unpooled.EMPTY_BUFFER, Completion.NONE, term);
        commit();
        become(GroupRole.LEADER, node(), "");
    }

    /** Member n1 leads. */
    public void follow() {
        follow("n1");
    }

    /**
     * Another member leads, or none. What was proposed here and written, but not applied, may be committed yet: its outcome is
     * {@link Refusal#UNKNOWN}. What was not written was never seen by anybody: its outcome is {@link Refusal#NOT_LEADER}.
     */
    public void follow(@Nullable String newLeader) {
        if (newLeader != null && !newLeader.equals(leader)) {
            term++;
        }
        lose(GroupRole.FOLLOWER, newLeader, "");
    }

    /** The member stops, and its store stays open. */
    public void end() {
        lose(GroupRole.STOPPED, null, "");
    }

    /** The member fails, for this reason. */
    public void fail(String why) {
        lose(GroupRole.FAILED, null, why);
    }

    private void lose(GroupRole newRole, @Nullable String newLeader, String why) {
        role = newRole;
        leader = newLeader;
        proposals.fail();
        answerReads();
        become(newRole, newLeader, why);
    }

    private void become(GroupRole newRole, @Nullable String newLeader, String why) {
        role = newRole;
        leader = newLeader;
        reason = why;
        machine().roleChanged(role, term);
        statusListeners.published(status());
    }

    /** Refuses proposals with this reason while it leads, or takes them again. */
    public void refuse(@Nullable Refusal why) {
        refusing = why;
        statusListeners.published(status());
    }

    /** Keeps what is proposed from being committed, as without a majority, until {@link #commitHeld}. */
    public void hold() {
        holding = true;
    }

    /** Commits what was held. */
    public void commitHeld() {
        holding = false;
        settle();
    }

    /** How many entries wait for being committed. */
    public int pendingEntries() {
        return proposals.pendingEntries();
    }

    /** Now, milliseconds since the epoch. */
    public long nowMs() {
        return nowMs;
    }

    /** Everything applied to the state machine so far. */
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

    /** What completions of proposals and reads threw; a replica logs it. */
    public List<RuntimeException> callbackFailures() {
        return proposals.callbackFailures();
    }

    /** Where the payload of the next proposal of this size will lie if nothing else is proposed before. */
    public long nextPayloadPosition(int bytes) {
        return proposals.nextPayloadPosition(bytes);
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
        } while (!tasks.isEmpty() || proposals.hasUnwritten() || !barriers.isEmpty());
    }

    /** Writes what was proposed and, unless commits are held, applies it; answers reads. */
    public void turn() {
        proposals.write();
        if (!holding) {
            commit();
        }
        answerReads();
    }

    private void commit() {
        proposals.write();
        try {
            appliedIndex = proposals.commit(this::apply, machine()::applied, appliedIndex);
        } catch (StoreException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private void apply(Entry entry, ByteBuf payload) {
        if (entry.kind() >= EntryKind.FIRST_APPLICATION_KIND) {
            applied.add(entry);
            // What a leader proposes, its followers take.
            String wrong = machine().unreadable(entry.kind(), entry.version(), entry.position(), payload.duplicate());
            if (wrong != null) {
                throw new IllegalStateException("followers would refuse entry " + entry.index() + ": " + wrong);
            }
            machine().apply(entry.index(), entry.kind(), entry.version(), entry.position(), payload);
        }
    }

    private void answerReads() {
        List<Completion> reads = List.copyOf(barriers);
        barriers.clear();
        Refusal outcome = role == GroupRole.LEADER ? null : Refusal.NOT_LEADER;
        reads.forEach(read -> proposals.complete(read, outcome));
    }

    @Override
    public String name() {
        return "broker-a";
    }

    @Override
    public String node() {
        return node;
    }

    @Override
    public GroupStatus status() {
        return GroupStatus.builder(name(), node())
                .role(role)
                .term(term)
                .leader(leader)
                .commitIndex(appliedIndex)
                .appliedIndex(appliedIndex)
                .lastIndex(proposals.writtenIndex())
                .firstIndex(store.log().base().index() + 1)
                .endPosition(store.log().endPosition())
                .members(MEMBERS)
                .reason(reason)
                .writable(refusing == null)
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
        return role == GroupRole.LEADER ? refusing : Refusal.NOT_LEADER;
    }

    @Override
    public @Nullable Refusal begin(byte kind, short payloadVersion, int bytes) {
        if (kind < EntryKind.FIRST_APPLICATION_KIND) {
            throw new IllegalArgumentException("kind " + kind + " belongs to Raft");
        }
        Refusal refusal = refusal();
        if (refusal == null && bytes > MAX_ENTRY_BYTES) {
            refusal = Refusal.TOO_LARGE;
        }
        if (refusal == null) {
            proposals.begin(kind, payloadVersion, bytes, term);
        }
        return refusal;
    }

    @Override
    public ByteBuf buffer() {
        return proposals.builder().buffer();
    }

    @Override
    public long bufferPosition() {
        return proposals.builder().writePosition();
    }

    @Override
    public void submit(Completion completion) {
        proposals.submit(completion);
    }

    @Override
    public @Nullable Refusal propose(byte kind, short payloadVersion, ByteBuf payload, Completion completion) {
        proposals.closeEntry();
        Refusal refusal = begin(kind, payloadVersion, payload.readableBytes());
        if (refusal == null) {
            buffer().writeBytes(payload, payload.readerIndex(), payload.readableBytes());
            submit(completion);
            proposals.closeEntry();
        }
        return refusal;
    }

    @Override
    public void readBarrier(Completion completion) {
        barriers.add(completion);
    }

    @Override
    public Future<Void> transferLeadership(@Nullable String target) {
        Promise<Void> ended = Promise.promise();
        execute(() -> {
            boolean known = target == null
                    || MEMBERS.stream().anyMatch(member -> member.node().equals(target));
            if (role != GroupRole.LEADER) {
                ended.complete();
            } else if (!known) {
                ended.fail(target + " is not a member");
            } else if (node().equals(target)) {
                ended.fail(target + " is not fit to take over");
            } else {
                turn();
                follow(target == null ? "n1" : target);
                ended.complete();
            }
        });
        return ended.future();
    }

    @Override
    public @Nullable Refusal proposeDropPrefix(long index, Completion completion) {
        Refusal refusal = refusal();
        if (refusal == null) {
            droppedBefore = index;
            ByteBuf payload = Unpooled.buffer(Long.BYTES).writeLong(index);
            proposals.proposeOwn(EntryKind.DROP_PREFIX, RAFT_VERSION, payload, completion, term);
        }
        return refusal;
    }

    @Override
    public void dropLocalPrefix(long index) {
        locallyDroppedBefore = index;
    }

    /** Stops the member, and closes its store. */
    @Override
    public Future<Void> stop() {
        Promise<Void> stopped = Promise.promise();
        transferLeadership(null).onComplete(handedOver -> execute(() -> stopNow(stopped)));
        return stopped.future();
    }

    private void stopNow(Promise<Void> stopped) {
        if (!closed) {
            closed = true;
            end();
            try {
                store.close();
            } catch (StoreException failure) {
                throw new IllegalStateException(failure);
            }
        }
        stopped.complete();
    }
}
