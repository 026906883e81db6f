package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vledger.api.group.Completion;
import io.vledger.api.group.EntryKind;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Refusal;
import io.vledger.api.group.StateMachine;
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.raft.Effects;
import io.vledger.raft.MemberStart;
import io.vledger.raft.Message;
import io.vledger.raft.PersistentState;
import io.vledger.raft.Raft;
import io.vledger.raft.Role;
import io.vledger.raft.TermRun;
import io.vledger.raft.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of one group: takes in messages, time and proposals, steps the core, and has its parts carry out what follows. Loop
 * only, except where {@link Group} states otherwise.
 *
 * <p>Life: construct, {@link #attach} lane and links, {@link #start}; then {@link #tick} once a second, the messages
 * of others to {@link #receive}, and {@link #turn} when the shell was asked for one. What cannot wait for a second has its own alarm, {@link
 * Shell#wake}.
 */
public final class Replica implements Group {
    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
    private static final short DROP_PREFIX_VERSION = 1;

    private final ReplicaSettings settings;
    private final GroupStore store;
    private final Shell shell;
    private final RaftClock clock;
    private final ReplicaMeter meter;
    private final PeerRefusals refusals;
    private final WaitingNotice waiting;
    private final StatusBoard board;
    private final Raft raft;
    private final MemberCore core;
    private final StateMachine machine;
    private final BatchCache cache;
    private final Checkpoints checkpoints;
    private final Applier applier;
    private final Contradictions contradictions;
    private final ReplicationProgress progress;
    private final DurableState durable;
    private final DiskWatch disk;
    private final LeadershipTransfers transfers;
    private final StatusPublisher publisher;
    private final MemberRole role;
    private final Proposals proposals;
    private final LogPrefix prefix;
    private final ReceivedState received;
    private final TickPlan plan;
    private @Nullable Attached attached;
    /** Why this member fails, from when that begins. */
    private @Nullable Throwable fatal;

    /** The parts that need lane and links. */
    private record Attached(
            Lane lane, Links links, EffectRunner effects, MemberTurn turn, MemberStop stop, DamageRepair repair) {}

    /**
     * A member that starts from a recovered store. Restores the state machine's snapshot.
     *
     * @param recovered its state is released
     */
    public Replica(
            ReplicaSettings settings,
            GroupStore store,
            Recovered recovered,
            Shell shell,
            StateMachine.Factory factory) {
        this.settings = settings;
        this.store = store;
        this.shell = shell;
        this.clock = new RaftClock(shell::nowMs);
        this.meter = new ReplicaMeter(shell::nanoTime);
        this.refusals = new PeerRefusals(settings.group());
        this.waiting = new WaitingNotice(settings.group());
        this.board = new StatusBoard(settings, shell);
        this.machine = factory.create(this, store);
        try {
            machine.restore(recovered.state());
        } finally {
            recovered.state().release();
        }
        HardStates hardStates =
                new HardStates(recovered.hardState(), store.log().lastIndex());
        this.raft = restoredCore(recovered, hardStates);
        this.core = new MemberCore(settings, store, shell, raft, clock, new Guard(this::running, this::fail), meter);
        this.cache = new BatchCache(settings.cacheBytes());
        this.checkpoints = new Checkpoints(settings, store, machine, this::submit, shell.nowMs());
        this.checkpoints.restored(recovered.snapshot());
        this.contradictions = new Contradictions(settings.group(), raft, machine, shell::nowMs);
        this.applier = new Applier(
                store,
                machine,
                cache,
                recovered.snapshot(),
                recovered.members(),
                new AppliedRaftEntries(),
                contradictions);
        this.durable = new DurableState(core, hardStates, cache, applier, this::submit);
        boolean fresh =
                !recovered.hardState().admitted() && recovered.hardState().cause() == HardState.Cause.FRESH;
        this.progress = new ReplicationProgress(settings, raft, applier, fresh);
        this.disk = new DiskWatch(core, board, this::publish);
        this.transfers = new LeadershipTransfers(core);
        this.publisher = new StatusPublisher(
                core, board, applier, durable, progress, waiting, new Hindrances(refusals, contradictions), disk);
        this.role = new MemberRole(core, machine, applier, transfers, publisher);
        this.proposals = new Proposals(core, role, disk, durable);
        this.prefix = new LogPrefix(core, machine, applier, checkpoints, durable, this::submit);
        this.received = new ReceivedState(settings.group(), machine, shell::nowMs);
        this.plan = new TickPlan(core, this::tick);
    }

    private Raft restoredCore(Recovered recovered, HardStates hardStates) {
        List<TermRun> runs = new ArrayList<>();
        store.log().terms().forEach(run -> runs.add(new TermRun(run.firstIndex(), run.term())));
        PersistentState restored = new PersistentState(
                hardStates.memory(recovered.standing()),
                recovered.members().incarnations(),
                runs,
                store.log().lastIndex(),
                Math.max(recovered.snapshot().index(), recovered.hardState().commit()));
        Raft restoredRaft = new Raft(settings.raft(), restored, shell::jitter, clock.nowMs());
        recovered.laterMembers().forEach((index, list) -> restoredRaft.restoreMembers(index, list.incarnations()));
        return restoredRaft;
    }

    /** Gives it its lane and links; once, before {@link #start}. */
    public void attach(Lane lane, Links links) {
        publisher.attach(links);
        Feeder feeder = new Feeder(core, cache, new FeedPace(core, cache, durable), links, this::fail);
        TermStart termStart = new TermStart(core, proposals, applier, links);
        EffectRunner effects = new EffectRunner(core, links, feeder, durable, applier, termStart, prefix, refusals);
        MemberTurn turn = new MemberTurn(core, effects, proposals, feeder, applier, cache, durable, checkpoints);
        MemberStop stop = new MemberStop(core, role, effects, proposals, applier, transfers, checkpoints, durable);
        DamageRepair repair = new DamageRepair(
                settings, store, shell, links, this::submit, meter, new RepairedMember(core, applier, this::fail));
        attached = new Attached(lane, links, effects, turn, stop, repair);
        store.log().onDamage(repair::found);
        meter.damage().watch(store.originFiles());
        new IndexRebuild(
                        settings.group(),
                        store,
                        machine,
                        shell,
                        this::submit,
                        applier::applied,
                        this::running,
                        meter.damage())
                .listen();
    }

    /** Takes part from here on. */
    public void start() {
        role.update();
        shell.requestTurn();
    }

    /** Time passed; to be called once a second. */
    public void tick() {
        if (!running()) {
            return;
        }
        Throwable ended = fatal != null ? fatal : attached().lane().failure();
        if (ended != null) {
            fail(ended);
            return;
        }
        long now = shell.nowMs();
        core.guard().run(() -> raft.tick(clock.nowMs()));
        waiting.update(now, raft.leader() == null ? status().reason() : "");
        disk.tick(now, attached().lane());
        attached().repair().tick(now);
        turn();
    }

    /** A message of a member, from that incarnation of it. Entries are referenced by the replica as long as it needs them. */
    public void receive(String from, long incarnation, Message message) {
        if (!running()) {
            return;
        }
        if (message instanceof Message.MemoryOutdated outdated
                && outdated.incarnation() > shell.greatestIncarnation()) {
            // This member would take one that is greater still, which the others refuse for ever.
            attached().effects().refuse(new Effects.Refused(from, Violation.MALFORMED));
            return;
        }
        if (!received.readable(from, message)) {
            attached().effects().refuse(new Effects.Refused(from, Violation.UNREADABLE));
            return;
        }
        if (contradictions.refuses(message)) {
            attached().effects().refuse(new Effects.Refused(from, Violation.CONTRADICTS));
            return;
        }
        if (message instanceof Message.EntriesRequest request) {
            attached().repair().asked(from, request);
            return;
        }
        if (message instanceof Message.EntriesReply reply) {
            attached().repair().answered(from, reply);
            return;
        }
        if (message instanceof Message.AppendRequest append
                && append.entries() instanceof BatchEntries entries
                // Else the core rejects it, and the leader goes back: its positions are those of another log.
                && !raft.differs(append.prevIndex(), append.prevTerm())
                && !durable.fits(entries.batch())) {
            attached().effects().refuse(new Effects.Refused(from, Violation.MALFORMED));
            return;
        }
        core.guard().run(() -> {
            raft.receive(from, incarnation, message, clock.nowMs());
            // At once, because the core keeps the entries of one message only.
            attached().effects().run();
        });
        shell.requestTurn();
    }

    /** A member sent a frame that is none, and its connection is closed. */
    public void frameRefused() {
        refusals.frame();
    }

    /** A connection to a member is established, and this is the start it announced. */
    public void memberConnected(String member, MemberStart start) {
        core.guard().run(() -> {
            if (raft.connected(member, start, clock.nowMs())) {
                LOG.info("{}: connected to {}", settings.group(), member);
            }
        });
        shell.requestTurn();
    }

    /** The start that this member announces when it connects. */
    public MemberStart greeting() {
        return durable.greeting();
    }

    /** Incarnation that a member was heard with last; 0 if it was not heard. */
    public long heardIncarnation(String member) {
        return raft.heardIncarnation(member);
    }

    /** The connection to a member broke; see {@link Raft#disconnected}. */
    public void memberLost(String member, boolean refused) {
        core.guard().run(() -> raft.disconnected(member, refused, clock.nowMs()));
        shell.requestTurn();
    }

    /** A member reports its progress. */
    public void keptAlive(String member, KeepAlive keepAlive) {
        if (progress.received(member, keepAlive)) {
            publisher.reported();
        }
    }

    /** Whether this member leads, so that others want to hear its progress. */
    public boolean leads() {
        return raft.role() == Role.LEADER;
    }

    /** What this member reports to the others from time to time. */
    public KeepAlive keepAlive() {
        return progress.report(shell.nowMs(), durable::bytesBehind);
    }

    /** The lane reports that the disk is full, or has room again. */
    public void laneFull(boolean full) {
        disk.laneFull(full);
    }

    /**
     * The member stops for good: its store failed, an invariant broke, or memory ran out on its loop or lane. It gives up leadership,
     * votes and acknowledges no more, and gives the reason in its status, until the process is restarted. Reported once; later causes
     * follow from the first.
     */
    public void fail(Throwable cause) {
        if (role.failed()) {
            return;
        }
        // Memory may run out in here, too; the next tick continues then.
        fatal = fatal == null ? cause : fatal;
        attached().stop().fail(cause);
    }

    /** One turn; see the package. */
    public void turn() {
        core.guard().run(() -> {
            attached().turn().run();
            role.update();
            role.publish();
            plan.renew(publisher.dueMs());
        });
    }

    /** Entries of Raft itself, as they are applied. */
    private final class AppliedRaftEntries implements Applier.RaftEntries {
        @Override
        public void membersApplied(MemberList list) {
            board.members(list);
        }

        @Override
        public void dropPrefixApplied(long index) {
            dropLocalPrefix(index);
        }
    }

    /** This replica's counters and timers. */
    public ReplicaMeter meter() {
        return meter;
    }

    /** Collects its metrics. Any thread. */
    public void collect(String cluster, MetricSink sink) {
        meter.collect(board.status(), cluster, sink);
        refusals.collect(board.status(), cluster, sink);
        contradictions.collect(board.status(), cluster, sink);
    }

    @Override
    public String name() {
        return settings.group();
    }

    @Override
    public String node() {
        return settings.node();
    }

    @Override
    public GroupStatus status() {
        return board.status();
    }

    @Override
    public Registration onStatus(Consumer<GroupStatus> listener) {
        return board.listen(listener);
    }

    @Override
    public void execute(Runnable task) {
        shell.execute(task);
    }

    @Override
    public void schedule(long delayMs, Runnable task) {
        shell.schedule(delayMs, task);
    }

    @Override
    public @Nullable Refusal refusal() {
        return proposals.refusal();
    }

    @Override
    public @Nullable Refusal begin(byte kind, short payloadVersion, int bytes) {
        return proposals.begin(kind, payloadVersion, bytes);
    }

    @Override
    public ByteBuf buffer() {
        return proposals.buffer();
    }

    @Override
    public long bufferPosition() {
        return proposals.bufferPosition();
    }

    @Override
    public void submit(Completion completion) {
        proposals.submit(completion);
    }

    @Override
    public @Nullable Refusal propose(byte kind, short payloadVersion, ByteBuf payload, Completion completion) {
        return proposals.propose(kind, payloadVersion, payload, completion);
    }

    @Override
    public void readBarrier(Completion completion) {
        core.guard().run(() -> raft.readBarrier(completion));
        shell.requestTurn();
    }

    @Override
    public Future<Void> transferLeadership(@Nullable String node) {
        return transfers.begin(node);
    }

    @Override
    public @Nullable Refusal proposeDropPrefix(long index, Completion completion) {
        Refusal refusal = refusal();
        if (refusal == null) {
            ByteBuf payload = Unpooled.buffer(Long.BYTES).writeLong(index);
            proposals.proposeOwn(EntryKind.DROP_PREFIX, DROP_PREFIX_VERSION, payload, completion);
        }
        return refusal;
    }

    @Override
    public void dropLocalPrefix(long index) {
        prefix.drop(index);
    }

    @Override
    public Future<Void> stop() {
        return attached().stop().stop(attached().lane());
    }

    private boolean running() {
        return role.running();
    }

    private void publish() {
        role.publish();
        shell.requestTurn();
    }

    private void submit(LaneTask task) {
        attached().lane().submit(task);
    }

    private Attached attached() {
        return Objects.requireNonNull(attached, "not attached");
    }
}
