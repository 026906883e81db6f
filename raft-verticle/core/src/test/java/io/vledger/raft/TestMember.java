package io.vledger.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A member as a minimal driver: the core, a log in memory, a disk whose jobs complete when the test says so. */
final class TestMember {
    /** The world around a member. */
    interface Outside {
        void send(TestMember from, String to, Message message);

        void jobQueued(TestMember member);

        /** A number for a new start. */
        long newRun();

        /** A number for a new memory, at least this one. */
        default long newIncarnation(long least) {
            return least;
        }

        /** It took its memory for lost, and greets the others anew. */
        default void startedOver(TestMember member) {}
    }

    /**
     * A proposal that waits for being applied.
     *
     * @param term the term it was proposed in
     */
    private record Waiting(long term, String value) {}

    final String id;
    final MemberDisk disk;
    private final List<String> ids;
    private final Outside outside;
    private final History history;
    private final CommitRule commitRule;
    private final Sabotage sabotage;
    /** Entries in one message, at most. */
    private final int runLimit;

    private final ArrayDeque<LaneJob> lane = new ArrayDeque<>();
    private final TreeMap<Long, Waiting> waiting = new TreeMap<>();
    private final List<LaneJob> early = new ArrayList<>();
    private MemberLogImage log;
    private @Nullable Raft raft;
    private long applied;
    private long state;
    private long ledTerm;

    TestMember(
            String id,
            List<String> ids,
            Outside outside,
            History history,
            CommitRule commitRule,
            Sabotage sabotage,
            int runLimit) {
        this.id = id;
        this.ids = ids;
        this.outside = outside;
        this.history = history;
        this.commitRule = commitRule;
        this.sabotage = sabotage;
        this.runLimit = runLimit;
        this.disk = new MemberDisk(Members.initial(ids));
        this.log = disk.log.copy();
    }

    boolean running() {
        return raft != null;
    }

    Raft raft() {
        return java.util.Objects.requireNonNull(raft, id);
    }

    MemberLogImage log() {
        return log;
    }

    long applied() {
        return applied;
    }

    boolean laneBusy() {
        return !lane.isEmpty();
    }

    boolean ready() {
        return running() && raft().leaderReady() && !raft().transferring();
    }

    // ---- life

    void boot(RaftSettings settings, Jitter jitter, long nowMs) {
        Raft.Memory memory = disk.memory;
        if (memory == null) {
            throw new AssertionError(id + " has no memory to start with");
        }
        disk.starts++;
        disk.run = outside.newRun();
        disk.startTerm = memory.term();
        disk.startLastIndex = disk.log.lastIndex();
        log = disk.log.copy();
        MemberLogImage.BaseState base = log.base();
        applied = base.index();
        state = base.state();
        ledTerm = 0;
        raft = new Raft(
                settings,
                new PersistentState(memory, base.members(), log.termRuns(), log.lastIndex(), disk.commitHint),
                jitter,
                nowMs,
                new Rules(commitRule, sabotage != Sabotage.BELIEVE_PEERS));
        for (LogEntry entry : log.entries()) {
            if (entry.members() != null) {
                raft.restoreMembers(entry.index(), entry.members());
            }
        }
        turn(nowMs);
    }

    /** The process ends; of the job at work, {@code steps} steps were done. */
    void crash(int steps) {
        LaneJob job = lane.peekFirst();
        if (job != null) {
            write(job, steps);
        }
        lane.clear();
        waiting.clear();
        raft = null;
    }

    // ---- inputs

    /** Time passes; the core is stepped only when it asked for that. */
    void tick(long nowMs) {
        if (nowMs >= Math.min(raft().workDueMs(), raft().silenceDueMs())) {
            raft().tick(nowMs);
        }
        turn(nowMs);
    }

    void receive(String from, long incarnation, Message message, long nowMs) {
        raft().receive(from, incarnation, message, nowMs);
        turn(nowMs);
    }

    boolean connected(String member, MemberStart start, long nowMs) {
        boolean taken = raft().connected(member, start, nowMs);
        turn(nowMs);
        return taken;
    }

    void disconnected(String member, boolean refused, long nowMs) {
        raft().disconnected(member, refused, nowMs);
        turn(nowMs);
    }

    void propose(String value, long nowMs) {
        LogEntry entry = appendOwn(value, null);
        waiting.put(entry.index(), new Waiting(entry.term(), value));
        history.proposed(value);
        turn(nowMs);
    }

    void read(Object context, long nowMs) {
        raft().readBarrier(context);
        turn(nowMs);
    }

    void transfer(@Nullable String to, long nowMs) {
        raft().transfer(to, false, nowMs);
        turn(nowMs);
    }

    /** Drops what is applied and durable up to an index. */
    void dropPrefix(long index) {
        long until = Math.min(index, Math.min(applied, disk.durableIndex));
        if (until > log.base().index() && until <= disk.log.lastIndex() && lane.isEmpty()) {
            long stateThere = history.stateAt(until);
            log.dropPrefix(until, stateThere);
            disk.log.dropPrefix(until, stateThere);
            raft().prefixDropped(until);
        }
    }

    /** The disk finishes the job it is at. */
    void finishJob(boolean durable, long nowMs) {
        LaneJob job = lane.removeFirst();
        write(job, Integer.MAX_VALUE);
        if (durable) {
            disk.durableIndex = disk.log.lastIndex();
        }
        history.persisted(this);
        if (job.memory() != null) {
            raft().hardStateSaved(job.memory().term(), nowMs);
        }
        job.afterSave().forEach(message -> outside.send(this, message.to(), message.message()));
        if (job.entries() != null) {
            raft().synced(job.generation(), job.entries().lastIndex());
        }
        if (job.base() != null) {
            installed(job.base());
        }
        turn(nowMs);
    }

    private void installed(MemberLogImage.BaseState base) {
        log.reset(base);
        applied = base.index();
        state = base.state();
        waiting.clear();
        history.installed(this, base);
        raft().installed(base.index(), base.term(), base.members());
    }

    private void write(LaneJob job, int steps) {
        int left = steps;
        if (job.memory() != null && left-- > 0) {
            disk.memory = sabotage == Sabotage.FORGET_VOTE
                    ? new Raft.Memory(
                            job.memory().term(),
                            "",
                            job.memory().incarnation(),
                            job.memory().standing(),
                            job.memory().peers())
                    : job.memory();
            disk.commitHint = Math.max(disk.commitHint, job.commitHint());
        }
        if (job.truncateFrom() > 0 && left-- > 0) {
            disk.log.truncate(job.truncateFrom());
            disk.durableIndex = Math.min(disk.durableIndex, job.truncateFrom() - 1);
        }
        if (job.base() != null && left-- > 0) {
            disk.log.reset(job.base());
            disk.durableIndex = job.base().index();
        }
        if (job.entries() != null) {
            for (LogEntry entry : job.entries().list()) {
                if (left-- > 0) {
                    disk.log.append(entry);
                }
            }
        }
    }

    // ---- a turn

    private void turn(long nowMs) {
        boolean more = true;
        while (more && raft != null) {
            more = carryOut(raft.takeEffects());
            more |= lead();
            more |= feed(nowMs);
            more |= reportEarly();
            apply();
            if (waiting.isEmpty() && raft().transferring()) {
                raft().onDrained(nowMs);
                more |= carryOut(raft().takeEffects());
            }
        }
    }

    private boolean carryOut(Effects effects) {
        Run appended = takeOver(effects);
        boolean job = effects.saveHardState() || effects.truncateFrom() > 0 || appended != null;
        effects.sendNow().forEach(message -> outside.send(this, message.to(), message.message()));
        if (job || !effects.sendAfterSave().isEmpty()) {
            Raft.Memory memory = effects.saveHardState()
                    ? new Raft.Memory(
                            raft().term(), raft().vote(), raft().incarnation(), raft().standing(), raft().seenStarts())
                    : null;
            queue(new LaneJob(
                    memory,
                    Math.min(raft().commitIndex(), raft().lastIndex()),
                    effects.truncateFrom(),
                    appended,
                    raft().logGeneration(),
                    null,
                    List.copyOf(effects.sendAfterSave())));
        }
        if (effects.install() != null) {
            MemberLogImage.BaseState base =
                    (MemberLogImage.BaseState) effects.install().data();
            queue(new LaneJob(null, 0, 0, null, raft().logGeneration(), base, List.of()));
        }
        if (effects.roleChanged()) {
            roleChanged();
        }
        if (effects.proposeMembers() != null && raft().role() == Role.LEADER) {
            lead();
            appendOwn("members", effects.proposeMembers());
        }
        for (String to : effects.installs()) {
            outside.send(
                    this,
                    to,
                    new Message.InstallRequest(
                            raft().term(), log.base().index(), log.base().term(), log.base()));
        }
        effects.readsReady().forEach(context -> history.readReady(this, context));
        effects.refused().forEach(refused -> history.refused(this, refused));
        if (effects.startOverFrom() > 0) {
            raft().startOver(outside.newIncarnation(effects.startOverFrom()), 0);
            disk.starts = 1;
            outside.startedOver(this);
            job = true;
        }
        return job || effects.proposeMembers() != null;
    }

    private void roleChanged() {
        if (raft().role() == Role.LEADER) {
            history.leader(this, raft().term());
        } else {
            waiting.clear();
        }
    }

    /** The entries of a leader that are new here, after what conflicts with them was removed. */
    private @Nullable Run takeOver(Effects effects) {
        if (effects.truncateFrom() > 0) {
            history.truncated(this, effects.truncateFrom());
            log.truncate(effects.truncateFrom());
        }
        if (effects.append() == null) {
            return null;
        }
        Run fresh = ((Run) effects.append()).from(log.lastIndex() + 1);
        for (LogEntry entry : fresh.list()) {
            history.appended(entry, log.termAt(entry.index() - 1));
            log.append(entry);
        }
        return fresh;
    }

    private boolean lead() {
        if (raft().role() == Role.LEADER && ledTerm != raft().term()) {
            ledTerm = raft().term();
            appendOwn("noop", null);
            return true;
        }
        return false;
    }

    private LogEntry appendOwn(String value, @Nullable Members list) {
        LogEntry entry = new LogEntry(log.lastIndex() + 1, raft().term(), value, list);
        history.appended(entry, log.termAt(entry.index() - 1));
        log.append(entry);
        Run run = new Run(List.of(entry));
        queue(new LaneJob(null, 0, 0, run, raft().logGeneration(), null, List.of()));
        raft().appended(run);
        return entry;
    }

    private boolean feed(long nowMs) {
        for (String peer : ids) {
            if (peer.equals(id)) {
                continue;
            }
            for (long next = raft().nextToSend(peer); next > 0; next = raft().nextToSend(peer)) {
                Run run = next <= log.lastIndex() ? log.run(next, runLimit) : null;
                long bytes = run == null ? 0 : run.list().size();
                outside.send(this, peer, raft().buildAppend(peer, run, bytes, nowMs));
            }
        }
        return false;
    }

    private void apply() {
        history.committed(this, raft().commitIndex());
        while (applied < raft().commitIndex()) {
            LogEntry entry = log.at(++applied);
            state = state * 31 + entry.value().hashCode();
            history.applied(this, entry, state);
            Waiting proposal = waiting.remove(entry.index());
            if (proposal != null && proposal.term() == entry.term()) {
                history.acknowledged(entry, proposal.value());
            }
        }
    }

    private boolean reportEarly() {
        List<LaneJob> jobs = List.copyOf(early);
        early.clear();
        jobs.forEach(job -> raft().synced(
                        job.generation(),
                        java.util.Objects.requireNonNull(job.entries()).lastIndex()));
        return !jobs.isEmpty();
    }

    private void queue(LaneJob job) {
        lane.addLast(job);
        outside.jobQueued(this);
        if (sabotage == Sabotage.ACKNOWLEDGE_BEFORE_SYNC && job.entries() != null) {
            early.add(job);
        }
    }

    List<LaneJob> lane() {
        return new ArrayList<>(lane);
    }

    @Override
    public String toString() {
        return id;
    }
}
