package io.vledger.raft;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;

/**
 * A group of bare cores in one thread and virtual time, with everything that can go wrong drawn from a seed. Fast rather than
 * faithful: logs are lists. The simulator module runs the whole product in the same way.
 */
final class ClusterSimulation implements TestMember.Outside {
    private static final int TICK_MS = 5;
    private static final int HEARTBEAT_MS = 20;
    private static final int ELECTION_MS = 100;
    /** More than a leader waits before it sends a base again that was lost. */
    private static final int PROGRESS_MS = 25_000;

    private record Event(long atMs, long order, Runnable action) {}

    private final long seed;
    private final Random random;
    final Sabotage sabotage;
    final List<String> ids = new ArrayList<>();
    final Map<String, TestMember> members = new LinkedHashMap<>();
    final Map<String, Long> pausedUntil = new LinkedHashMap<>();
    final Map<String, Integer> clockSkewMs = new LinkedHashMap<>();
    /** Which life of another member a member has had a hello of. */
    private final Map<String, Long> greeted = new LinkedHashMap<>();

    private final Map<String, Long> lives = new LinkedHashMap<>();
    private final Set<Long> strickenTerms = new HashSet<>();
    private final Set<TestMember> dead = new HashSet<>();
    final Set<String> blocked = new HashSet<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>(
            (a, b) -> a.atMs != b.atMs ? Long.compare(a.atMs, b.atMs) : Long.compare(a.order, b.order));
    final History history;
    private final StringBuilder trace = new StringBuilder();
    private final boolean tracing;
    private final int dropPercent;
    private final int duplicatePercent;
    private final int maxDelayMs;
    final boolean async;
    /** Leaders fall soon after they rise. */
    final boolean stormy;

    private long nowMs;
    private long order;
    private long nextIncarnation = 1;
    private long nextValue;
    private long nextRun;
    private boolean healed;

    ClusterSimulation(long seed, Sabotage sabotage, boolean tracing) {
        this.seed = seed;
        this.random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
        this.sabotage = sabotage;
        this.tracing = tracing;
        // Elections must go wrong in particular ways for a broken rule to matter: a narrower choice finds it sooner.
        boolean focused = sabotage == Sabotage.COMMIT_OLD_TERMS || sabotage == Sabotage.FORGET_VOTE;
        int size = focused ? 3 : List.of(1, 2, 3, 3, 3, 3, 4, 5, 5, 5).get(random.nextInt(10));
        for (int i = 1; i <= size; i++) {
            ids.add("n" + i);
        }
        this.history = new History(ids);
        this.dropPercent = focused ? 0 : random.nextInt(4) * 5;
        this.duplicatePercent = focused ? 0 : random.nextInt(3) * 5;
        this.maxDelayMs = focused ? 10 : List.of(2, 10, 30, 60).get(random.nextInt(4));
        this.async = !focused && random.nextInt(4) == 0;
        this.stormy = focused || random.nextInt(3) == 0;
        int runLimit = focused ? 1 : List.of(1, 1, 2, 4).get(random.nextInt(4));
        CommitRule rule = sabotage == Sabotage.COMMIT_OLD_TERMS ? (entry, current) -> true : CommitRule.OWN_TERM_ONLY;
        for (String id : ids) {
            TestMember member = new TestMember(id, ids, this, history, rule, sabotage, runLimit);
            members.put(id, member);
            history.watch(member);
        }
    }

    /** Runs the whole history; throws {@link AssertionError} if a promise was broken. */
    void run() {
        try {
            members.values().forEach(this::start);
            at(TICK_MS, this::workload);
            at(50, new InjectedFaults(this, random)::inject);
            runUntil(1_500 + random.nextInt(2_000));
            heal();
            requireProgress();
            history.nothingAcknowledgedIsMissing();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + " fails at " + nowMs + " ms: " + e.getMessage()
                            + "\nreplay: mvn -q -Dfast -pl raft-verticle/core test -Dtest=ClusterSimulationTest"
                            + " -Dvledger.seed=" + seed + (tracing ? "\n" + trace : ""),
                    e);
        }
    }

    History history() {
        return history;
    }

    boolean healed() {
        return healed;
    }

    long nowMs() {
        return nowMs;
    }

    /** Counts the starts of a member. */
    long lifeOf(TestMember member) {
        return life(member.id);
    }

    private long life(String id) {
        return requireNonNull(lives.get(id), id);
    }

    // ---- events

    void at(long delayMs, Runnable action) {
        events.add(new Event(nowMs + delayMs, order++, action));
    }

    private void runUntil(long untilMs) {
        while (!events.isEmpty() && events.peek().atMs <= untilMs) {
            Event event = events.poll();
            nowMs = event.atMs;
            event.action.run();
            members.values().forEach(history::standing);
        }
        nowMs = untilMs;
    }

    long clock(TestMember member) {
        return nowMs + clockSkewMs.getOrDefault(member.id, 0);
    }

    boolean paused(TestMember member) {
        return pausedUntil.getOrDefault(member.id, 0L) > nowMs;
    }

    /** Runs an action of a member, later if it is paused, not at all if its process ended meanwhile. */
    void on(TestMember member, long life, Runnable action) {
        if (!member.running() || life(member.id) != life) {
            return;
        }
        if (paused(member)) {
            events.add(new Event(requireNonNull(pausedUntil.get(member.id)), order++, () -> on(member, life, action)));
        } else {
            action.run();
        }
    }

    private void tick(TestMember member, long life) {
        if (member.running() && life(member.id) == life) {
            on(member, life, () -> member.tick(clock(member)));
            at(TICK_MS, () -> tick(member, life));
        }
    }

    // ---- network and disk

    @Override
    public void send(TestMember from, String to, Message message) {
        if (stormy && !healed && formed()) {
            strike(from, message);
        }
        if (blocked.contains(from.id + ">" + to) || random.nextInt(100) < (healed ? 0 : dropPercent)) {
            trace("%s > %s lost %s", from, to, message);
            return;
        }
        int copies = !healed && random.nextInt(100) < duplicatePercent ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            int delay = 1 + random.nextInt(healed ? 2 : maxDelayMs);
            long incarnation = from.raft().incarnation();
            if (!healed && random.nextInt(200) == 0) {
                delay += random.nextInt(1_000);
            }
            long senderLife = life(from.id);
            at(delay, () -> deliver(from.id, senderLife, incarnation, to, message));
        }
    }

    /** Crashes who has just given its word, or has just begun to spread entries. */
    private void strike(TestMember member, Message message) {
        if (message instanceof Message.AppendRequest && strickenTerms.add(message.term()) && random.nextInt(2) == 0) {
            // A leader that reaches nobody: its first entry is a rival of the next leader's.
            cutOff(member);
            return;
        }
        if (message instanceof Message.AppendRequest request
                && request.entries() != null
                && request.entries().termAt(request.entries().lastIndex()) < request.term()
                && random.nextInt(3) == 0) {
            // A leader that spreads an entry of an earlier term, and then nothing more.
            at(0, () -> cutOff(member));
            return;
        }
        boolean voted = message instanceof Message.VoteReply reply && reply.granted() && !reply.pre();
        boolean spreads = message instanceof Message.AppendRequest request && request.entries() != null;
        if ((voted && random.nextInt(3) == 0) || (spreads && random.nextInt(25) == 0)) {
            long life = life(member.id);
            at(
                    random.nextInt(3),
                    () -> on(member, life, () -> {
                        crash(member, false);
                        restartLater(member, voted ? 5 : 60);
                    }));
        }
    }

    /** A new group needs every member; in a storm it would never come into being. */
    boolean formed() {
        return members.values().stream().allMatch(member -> dead.contains(member) || history.everAdmitted(member.id));
    }

    private void cutOff(TestMember member) {
        if (!member.running()) {
            return;
        }
        ids.forEach(other -> blocked.add(member.id + ">" + other));
        long life = life(member.id);
        at(
                5 + random.nextInt(60),
                () -> on(member, life, () -> {
                    crash(member, false);
                    ids.forEach(other -> blocked.remove(member.id + ">" + other));
                    restartLater(member, 200);
                }));
    }

    private void deliver(String from, long senderLife, long incarnation, String to, Message message) {
        TestMember member = member(to);
        if (!member.running()) {
            return;
        }
        on(member, life(to), () -> {
            if (greeted.getOrDefault(to + "<" + from, 0L) < senderLife) {
                // The first frame of a connection is a hello.
                return;
            }
            trace("%s > %s %s", from, to, message);
            member.receive(from, incarnation, message, clock(member));
        });
    }

    @Override
    public void jobQueued(TestMember member) {
        long life = life(member.id);
        if (member.lane().size() == 1) {
            at(diskMs(), () -> finishJob(member, life));
        }
    }

    private int diskMs() {
        return healed ? 1 : 1 + random.nextInt(random.nextInt(50) == 0 ? 200 : 8);
    }

    private void finishJob(TestMember member, long life) {
        on(member, life, () -> {
            boolean durable = !async || random.nextInt(3) == 0;
            boolean more = member.lane().size() > 1;
            member.finishJob(durable, clock(member));
            if (more && member.laneBusy()) {
                at(diskMs(), () -> finishJob(member, life));
            }
        });
    }

    // ---- life of members

    private void start(TestMember member) {
        long life = lives.merge(member.id, 1L, Long::sum);
        if (member.disk.memory == null) {
            forget(member, Standing.RECOVERING);
        }
        history.restarted(member);
        ids.forEach(other -> greeted.remove(member.id + "<" + other));
        RaftSettings settings = new RaftSettings(
                member.id, ids, HEARTBEAT_MS, ELECTION_MS, 8, random.nextInt(6) == 0 ? ids.get(0) : "");
        trace("%s starts, %s", member, requireNonNull(member.disk.memory));
        member.boot(settings, random::nextInt, clock(member));
        at(random.nextInt(TICK_MS), () -> tick(member, life));
        for (TestMember other : members.values()) {
            if (other != member && other.running()) {
                connect(member, other);
                connect(other, member);
            }
        }
    }

    private void connect(TestMember member, TestMember other) {
        MemberStart start = other.disk.start();
        long life = life(member.id);
        long otherLife = life(other.id);
        at(
                1,
                () -> on(member, life, () -> {
                    // A hello does not outlive the connection it came over.
                    if (other.running() && life(other.id) == otherLife) {
                        greeted.put(member.id + "<" + other.id, otherLife);
                        member.connected(other.id, start, clock(member));
                    }
                }));
    }

    /** The member does not know any more what it acknowledged. */
    void forget(TestMember member, Standing standing) {
        Raft.Memory memory = member.disk.memory;
        long incarnation =
                sabotage == Sabotage.KEEP_INCARNATION && memory != null ? memory.incarnation() : nextIncarnation++;
        Standing now = sabotage == Sabotage.KEEP_INCARNATION && memory != null ? memory.standing() : standing;
        member.disk.memory = memory == null
                ? new Raft.Memory(0, "", incarnation, now)
                : new Raft.Memory(memory.term(), memory.vote(), incarnation, now, memory.peers());
        member.disk.starts = 0;
    }

    void crash(TestMember member, boolean power) {
        trace("%s crashes%s", member, power ? " with its machine" : "");
        member.crash(random.nextInt(6));
        if (power && async && member.disk.log.lastIndex() > member.disk.durableIndex) {
            long kept = member.disk.durableIndex
                    + random.nextInt((int) (member.disk.log.lastIndex() - member.disk.durableIndex + 1));
            member.disk.log.truncate(kept + 1);
            forget(member, Standing.RECOVERING);
        } else if (power && async) {
            forget(member, Standing.RECOVERING);
        }
        member.disk.durableIndex = Math.min(member.disk.log.lastIndex(), member.disk.durableIndex);
        boolean refused = random.nextBoolean();
        for (TestMember other : members.values()) {
            if (other != member && other.running()) {
                long life = life(other.id);
                at(
                        1 + random.nextInt(20),
                        () -> on(other, life, () -> {
                            if (!member.running()) {
                                other.disconnected(member.id, refused, clock(other));
                            }
                        }));
            }
        }
        if (sabotage == Sabotage.NONE) {
            history.quorumsHold();
        }
    }

    void restartLater(TestMember member, int maxMs) {
        at(1 + random.nextInt(maxMs), () -> {
            if (!member.running() && !dead.contains(member)) {
                start(member);
            }
        });
    }

    /** Whether the group relies on this memory, and the member will know when it starts. */
    boolean knownVoter(TestMember member) {
        return history.isAdmitted(member)
                && member.disk.memory != null
                && member.disk.memory.standing() == Standing.VOTER;
    }

    @Override
    public long newRun() {
        return ++nextRun;
    }

    @Override
    public long newIncarnation(long least) {
        nextIncarnation = Math.max(nextIncarnation, least);
        return nextIncarnation++;
    }

    @Override
    public void startedOver(TestMember member) {
        throw new AssertionError(member + " takes its memory for lost, but it was not");
    }

    private void workload() {
        for (TestMember member : members.values()) {
            if (member.ready() && !paused(member) && random.nextInt(3) > 0) {
                if (random.nextInt(5) == 0) {
                    member.read(history.read(), clock(member));
                } else {
                    member.propose("v" + nextValue++, clock(member));
                }
            }
        }
        at(1 + random.nextInt(20), this::workload);
    }

    // ---- the end

    private void heal() {
        trace("healed");
        healed = true;
        blocked.clear();
        pausedUntil.clear();
        boolean allBack = random.nextBoolean();
        if (random.nextInt(4) == 0) {
            members.values().stream().filter(TestMember::running).forEach(member -> crash(member, false));
        }
        for (TestMember member : members.values()) {
            if (!allBack && !dead.contains(member) && dispensable(member)) {
                dead.add(member);
                if (member.running()) {
                    crash(member, false);
                }
            }
        }
        members.values().stream()
                .filter(member -> !member.running() && !dead.contains(member))
                .forEach(this::start);
    }

    /** Whether known voters are a majority without this member and the dead ones. */
    private boolean dispensable(TestMember member) {
        long left = members.values().stream()
                .filter(other -> other != member && !dead.contains(other) && knownVoter(other))
                .count();
        return left > members.size() / 2;
    }

    private void requireProgress() {
        long goal = history.committedIndex();
        int acknowledgedBefore = history.acknowledgedCount();
        String missing = "";
        for (long deadlineMs = nowMs + PROGRESS_MS; nowMs < deadlineMs; ) {
            runUntil(nowMs + 250);
            missing = missing(goal, acknowledgedBefore);
            if (missing.isEmpty()) {
                return;
            }
        }
        throw new ProgressMissing(missing);
    }

    private String missing(long goal, int acknowledgedBefore) {
        if (history.committedIndex() <= goal || history.acknowledgedCount() <= acknowledgedBefore) {
            return "nothing is committed any more";
        }
        for (TestMember member : members.values()) {
            if (dead.contains(member)) {
                continue;
            }
            if (!member.running() || member.applied() < goal) {
                return member + " is behind: " + member.applied() + " of " + goal;
            }
            if (member.raft().standing() != Standing.VOTER) {
                return member + " was not admitted";
            }
        }
        return "";
    }

    /** No promise was broken, but nothing moves though nothing is in the way. */
    static final class ProgressMissing extends AssertionError {
        private static final long serialVersionUID = 1L;

        ProgressMissing(String message) {
            super(message);
        }
    }

    TestMember any() {
        return member(ids.get(random.nextInt(ids.size())));
    }

    private TestMember member(String id) {
        return java.util.Objects.requireNonNull(members.get(id));
    }

    void trace(String format, Object... args) {
        if (tracing) {
            trace.append(nowMs).append(' ').append(String.format(format, args)).append('\n');
        }
    }
}
