package io.vledger.raft.driver;

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
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore.DamagedRun;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Effects;
import io.vledger.raft.MemberStart;
import io.vledger.raft.Members;
import io.vledger.raft.Message;
import io.vledger.raft.PersistentState;
import io.vledger.raft.Raft;
import io.vledger.raft.Role;
import io.vledger.raft.Standing;
import io.vledger.raft.TermRun;
import io.vledger.raft.Violation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of one group: steps the core, carries its effects out, and gives the state machine what is committed. Loop only
 * but where {@link Group} says otherwise.
 *
 * <p>Life: construct, {@link #attach} lane and links, {@link #start}; then {@link #tick} every few milliseconds, the messages
 * of others to {@link #receive}, and {@link #turn} when the shell was asked for one.
 */
public final class Replica implements Group {
    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
    private static final int MAX_WRITES_UNDER_WAY = 2;
    private static final int FULL_BATCH_BYTES = 256 << 10;
    private static final int SPACE_CHECK_MS = 1_000;
    private static final int MAX_STEP_MS = 40;

    private final ReplicaSettings settings;
    private final GroupStore store;
    private final Shell shell;
    private final Raft raft;
    private final StateMachine machine;
    private final OpenBatch open;
    private final BatchCache cache;
    private final LagBytes lags;
    private final ReplicaMeter meter = new ReplicaMeter(System::nanoTime);
    private final Applier applier;
    private final Checkpoints checkpoints;
    private final StatusBoard board;
    private final StatusListeners statusListeners;
    private final ReplicationProgress progress;
    private final WaitingNotice waiting;
    /** Whether this node's store was empty when it started, with nothing known of it to be lost. */
    private final boolean fresh;

    private final List<Promise<Void>> transfers = new ArrayList<>();
    private @Nullable Lane lane;
    private @Nullable Links links;
    private @Nullable Feeder feeder;
    private @Nullable DamageRepair repair;

    private final HardStates hardStates;
    private final PeerRefusals refusals;
    private final BatchFit fit;
    private GroupRole role = GroupRole.STARTING;
    private long roleTerm = -1;
    private @Nullable String roleLeader;
    private Role coreRole = Role.FOLLOWER;
    private int writesUnderWay;
    private int begun;
    /**
     * The core's clock. It runs on ticks, and by {@value #MAX_STEP_MS} ms at most with each: while this loop was busy or the
     * process was paused, the silence of others proves nothing, because what they said is still to be read.
     */
    private long raftMs;

    private long tickedMs;
    private long endPosition;
    private long submittedIndex;
    private boolean diskFull;
    private boolean spaceShort;
    private long spaceCheckMs;
    private long stuckCheckMs;
    private boolean stopping;
    /** Why this member fails, from when that begins. */
    private @Nullable Throwable fatal;

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
        this.hardStates = new HardStates(recovered.hardState(), store.log().lastIndex());
        this.refusals = new PeerRefusals(settings.group());
        this.cache = new BatchCache(settings.cacheBytes());
        this.fit = new BatchFit(store, cache);
        this.lags = new LagBytes(cache, store.log());
        this.board = new StatusBoard(settings);
        this.statusListeners = new StatusListeners(shell::execute, board::status);
        this.raftMs = shell.nowMs();
        this.tickedMs = raftMs;
        this.open = new OpenBatch(store.log().addressing(), PooledByteBufAllocator.DEFAULT, settings.maxEntryBytes());
        this.endPosition = store.log().endPosition();
        this.submittedIndex = store.log().lastIndex();
        this.machine = factory.create(this, store);
        try {
            machine.restore(recovered.state());
        } finally {
            recovered.state().release();
        }
        Snapshot from = recovered.snapshot();
        List<TermRun> runs = new ArrayList<>();
        store.log().terms().forEach(run -> runs.add(new TermRun(run.firstIndex(), run.term())));
        PersistentState restored = new PersistentState(
                hardStates.memory(recovered.standing()),
                recovered.members().incarnations(),
                runs,
                store.log().lastIndex(),
                Math.max(from.index(), recovered.hardState().commit()));
        this.raft = new Raft(settings.raft(), restored, shell::jitter, raftMs);
        recovered.laterMembers().forEach((index, list) -> raft.restoreMembers(index, list.incarnations()));
        this.checkpoints = new Checkpoints(settings, store, machine, this::submit, shell.nowMs());
        this.checkpoints.restored(from.index(), from.position());
        this.applier = new Applier(store, machine, cache, from, recovered.members(), new AppliedRaftEntries());
        this.progress = new ReplicationProgress(settings, raft, applier);
        this.waiting = new WaitingNotice(settings.group());
        this.fresh = !recovered.hardState().admitted() && recovered.hardState().cause() == HardState.Cause.FRESH;
    }

    /** Gives it its lane and links; once, before {@link #start}. */
    public void attach(Lane newLane, Links newLinks) {
        lane = newLane;
        links = newLinks;
        feeder = new Feeder(settings.group(), raft, () -> raftMs, store, cache, newLinks, shell, this::fail);
        DamageRepair shop =
                new DamageRepair(settings, store, shell, newLinks, this::submit, meter, new RepairedMember());
        repair = shop;
        store.log().onDamage(shop::found);
        meter.damage().watch(store.oldFiles());
        new IndexRebuild(
                        settings.group(),
                        store,
                        machine,
                        shell,
                        this::submit,
                        applier::applied,
                        () -> role != GroupRole.FAILED && role != GroupRole.STOPPED,
                        meter.damage())
                .listen();
    }

    /** Takes part from here on. */
    public void start() {
        updateRole();
        shell.requestTurn();
    }

    // ---- what comes in
    // ------------------------------------------------------------------------------------------------

    /** Time passed; to be called every few milliseconds. */
    public void tick() {
        if (role == GroupRole.FAILED || role == GroupRole.STOPPED) {
            return;
        }
        Throwable unfinished = fatal;
        if (unfinished != null) {
            fail(unfinished);
            return;
        }
        long now = shell.nowMs();
        raftMs += Math.min(now - tickedMs, MAX_STEP_MS);
        tickedMs = now;
        guarded(() -> raft.tick(raftMs));
        progress.observe(now, links());
        waiting.look(now, raft.leader() == null ? status().reason() : "");
        if (now >= spaceCheckMs) {
            spaceCheckMs = now + SPACE_CHECK_MS;
            checkSpace();
        }
        handOverIfStuck(now);
        repair().tick(now);
        turn();
    }

    /** A message of a member, from that incarnation of it. Entries are referenced by the replica as long as it needs them. */
    public void receive(String from, long incarnation, Message message) {
        if (role == GroupRole.FAILED || role == GroupRole.STOPPED) {
            return;
        }
        if (message instanceof Message.EntriesRequest request) {
            repair().asked(from, request);
            return;
        }
        if (message instanceof Message.EntriesReply reply) {
            repair().answered(from, reply);
            return;
        }
        if (message instanceof Message.AppendRequest append
                && append.entries() instanceof BatchEntries entries
                && !fit.fits(entries.batch(), submittedIndex, endPosition)) {
            refuse(new Effects.Refused(from, Violation.MALFORMED));
            return;
        }
        guarded(() -> {
            raft.receive(from, incarnation, message, raftMs);
            // At once, because the core keeps the entries of one message only.
            carryOut();
        });
        shell.requestTurn();
    }

    /** A connection to a member stands, and this is what it says of its memory. */
    public void memberConnected(String member, MemberStart start) {
        guarded(() -> {
            if (raft.connected(member, start, raftMs)) {
                LOG.info("{}: connected to {}", settings.group(), member);
            }
        });
        shell.requestTurn();
    }

    /** What this member says of its memory when it connects. */
    public MemberStart greeting() {
        return hardStates.greeting();
    }

    /** Number of the memory that a member was heard with last; 0 if it was not heard. */
    public long heardIncarnation(String member) {
        return raft.heardIncarnation(member);
    }

    /** The connection to a member broke; see {@link Raft#disconnected}. */
    public void memberLost(String member, boolean refused) {
        guarded(() -> raft.disconnected(member, refused, raftMs));
        shell.requestTurn();
    }

    /** A member says how far it is. */
    public void keptAlive(String member, KeepAlive said) {
        progress.heard(member, said);
    }

    /** Whether this member leads, so that others want to hear how far it is. */
    public boolean leads() {
        return raft.role() == Role.LEADER;
    }

    /** What this member says to the others, now and then. */
    public KeepAlive keepAlive() {
        return progress.say(shell.nowMs(), this::bytesBehind);
    }

    /** The lane reports that the disk is full, or has room again. */
    public void laneFull(boolean full) {
        diskFull = full;
        LOG.warn("{}: {}", settings.group(), full ? "the disk is full, writes are refused" : "the disk has room again");
        publish();
    }

    /**
     * The member stops for good: its store failed, an invariant broke, or memory ran out on its loop or lane. It gives up leadership,
     * votes and acknowledges no more, and says why in its status, until the process is restarted. Said once; later causes follow
     * from the first.
     */
    public void fail(Throwable cause) {
        if (role == GroupRole.FAILED) {
            return;
        }
        // Memory may run out in here, too; the next tick goes on then.
        fatal = fatal == null ? cause : fatal;
        raft.halt();
        String why = reasonOf(cause);
        board.failed(why);
        LOG.error(
                "{}: this member stops: {}. It does not vote or acknowledge until the node is restarted",
                settings.group(),
                why,
                cause);
        Effects last = raft.takeEffects();
        last.sendNow().forEach(out -> links().send(out.to(), out.message()));
        open.fail();
        applier.failReads();
        last.readsFailed().forEach(read -> Outcomes.tell((Completion) read, Refusal.NOT_LEADER));
        changeRole(GroupRole.FAILED);
        failTransfers("the member failed");
        cache.clear();
    }

    private static String reasonOf(Throwable cause) {
        return cause instanceof OutOfMemoryError
                ? "out of memory (" + cause.getMessage()
                        + "); raise -Xmx or -XX:MaxDirectMemorySize, and restart the process"
                : String.valueOf(cause.getMessage());
    }

    // ---- the turn
    // -----------------------------------------------------------------------------------------------------

    /** One turn; see the package. */
    public void turn() {
        if (role == GroupRole.FAILED || role == GroupRole.STOPPED) {
            return;
        }
        guarded(this::turnGuarded);
    }

    private void turnGuarded() throws StoreException {
        carryOut();
        meter.commits().committed(raft.commitIndex());
        seal();
        if (raft.role() == Role.LEADER) {
            for (String member : settings.raft().members()) {
                if (!member.equals(settings.node())) {
                    feeder().feed(member);
                }
            }
        }
        apply();
        if (raft.transferring() && open.isEmpty() && applier.applied() == raft.commitIndex()) {
            raft.onDrained(raftMs);
            carryOut();
        }
        updateRole();
        publish();
    }

    /** Hands the open batch out, unless the disk is busy enough for more to gather. */
    private void seal() {
        if (raft.role() != Role.LEADER || open.isEmpty()) {
            return;
        }
        if (writesUnderWay >= MAX_WRITES_UNDER_WAY && open.fill() < FULL_BATCH_BYTES) {
            return;
        }
        for (LogBatch batch : open.take()) {
            raft.appended(new BatchEntries(batch));
            meter.commits().sealed(batch.lastIndex());
            submitAppend(new LaneTask(), batch);
            batch.release();
        }
    }

    private void submitAppend(LaneTask task, LogBatch batch) {
        cache.append(batch);
        task.batches.add(batch.retain());
        endPosition = batch.endPosition();
        submittedIndex = batch.lastIndex();
        long index = submittedIndex;
        long generation = raft.logGeneration();
        writesUnderWay++;
        Runnable before = task.done;
        task.done = () -> {
            before.run();
            writesUnderWay--;
            applier.written(generation == raft.logGeneration() ? index : -1);
            guarded(() -> raft.synced(generation, index));
            shell.requestTurn();
        };
        submit(task);
    }

    private void carryOut() throws StoreException {
        Effects effects = raft.takeEffects();
        LaneTask task = new LaneTask();
        if (effects.saveHardState() || hardStates.due(raft, shell.nowMs())) {
            prepareHardState(task, effects.saveHardState());
        }
        if (effects.truncateFrom() > 0) {
            truncate(task, effects.truncateFrom());
        }
        if (!effects.sendAfterSave().isEmpty()) {
            Runnable before = task.done;
            task.done = () -> {
                before.run();
                effects.sendAfterSave().forEach(out -> links().send(out.to(), out.message()));
            };
        }
        if (effects.append() instanceof BatchEntries entries) {
            LogBatch batch = entries.batch();
            LogBatch fresh = batch.firstIndex() > submittedIndex ? batch.retain() : batch.from(submittedIndex + 1);
            submitAppend(task, fresh);
            fresh.release();
        } else if (!task.isEmpty() || !effects.sendAfterSave().isEmpty()) {
            submit(task);
        }
        effects.sendNow().forEach(out -> links().send(out.to(), out.message()));
        effects.installs().forEach(member -> {
            meter.snapshotSent();
            feeder().install(member);
        });
        effects.readsReady().forEach(read -> applier.whenApplied(raft.commitIndex(), (Completion) read));
        effects.readsFailed().forEach(read -> Outcomes.tell((Completion) read, Refusal.NOT_LEADER));
        Message.InstallRequest install = effects.install();
        if (install != null) {
            install(install);
        }
        effects.outdated()
                .forEach(member -> LOG.warn(
                        "{}: {} remembers less than it did: a backup or a snapshot was put back there, or a second process has its"
                                + " id. It does not count until it has caught up",
                        settings.group(),
                        member));
        effects.refused().forEach(this::refuse);
        followCore(effects.proposeMembers());
        if (effects.startOverFrom() > raft.incarnation()) {
            startOver(effects.startOverFrom());
        }
    }

    private void refuse(Effects.Refused refused) {
        if (refusals.note(refused, shell.nowMs())) {
            links().close(refused.from());
        }
    }

    /** Others have seen more of this member's memory than it has. */
    private void startOver(long leastIncarnation) throws StoreException {
        LOG.error(
                "{}: the others have seen more of this node's memory than its directory holds: a backup or a snapshot was"
                        + " put back. It neither votes nor counts until it has caught up from a leader",
                settings.group());
        long incarnation = Math.max(leastIncarnation, shell.newIncarnation());
        raft.startOver(incarnation, raftMs);
        hardStates.startOver(incarnation);
        links().greetAnew();
        carryOut();
    }

    /** @param wanted whether the core asked for it, and is to hear that it is done */
    private void prepareHardState(LaneTask task, boolean wanted) {
        task.hardState = hardStates.next(raft, shell.nowMs());
        if (!wanted) {
            return;
        }
        long term = raft.term();
        task.done = () -> {
            guarded(() -> raft.hardStateSaved(term, raftMs));
            shell.requestTurn();
        };
    }

    private void truncate(LaneTask task, long index) throws StoreException {
        LogBatch cached = cache.find(index);
        if (cached != null) {
            endPosition = cached.positionAt(index);
        } else {
            LogBatch stored = store.log().readBatch(index, 1);
            endPosition = stored.position();
            stored.release();
        }
        cache.truncate(index);
        submittedIndex = index - 1;
        applier.truncated(index);
        task.truncateFrom = index;
        LOG.info("{}: entries from {} on are replaced by the leader's", settings.group(), index);
    }

    /** Becoming leader starts the term with an entry; ceasing to be one answers who waits. */
    private void followCore(@Nullable Members propose) throws StoreException {
        Role now = raft.role();
        if (now != coreRole) {
            Role before = coreRole;
            coreRole = now;
            if (now == Role.LEADER) {
                open.lead(raft.lastIndex() + 1, raft.term(), endPosition);
                if (propose == null) {
                    proposeOwn(EntryKind.NOOP, (short) 1, Unpooled.EMPTY_BUFFER, Completion.NONE);
                }
            } else if (before == Role.LEADER) {
                open.fail();
                applier.failReads();
                meter.commits().forget();
            }
        }
        if (propose != null && now == Role.LEADER) {
            ByteBuf payload = PooledByteBufAllocator.DEFAULT.buffer();
            try {
                memberList(propose).encode(payload);
                proposeOwn(EntryKind.MEMBERS, MemberList.VERSION, payload, Completion.NONE);
            } finally {
                payload.release();
            }
        }
    }

    private MemberList memberList(Members incarnations) {
        Map<String, MemberList.Entry> list = new LinkedHashMap<>();
        for (String id : settings.raft().members()) {
            list.put(
                    id,
                    new MemberList.Entry(
                            incarnations.incarnation(id),
                            settings.raftAddresses().getOrDefault(id, ""),
                            clientAddress(id)));
        }
        return new MemberList(list);
    }

    private String clientAddress(String member) {
        if (member.equals(settings.node())) {
            return settings.clientAddress();
        }
        String announced = links().clientAddress(member);
        MemberList.Entry known = applier.members().members().get(member);
        return announced.isEmpty() && known != null ? known.clientAddress() : announced;
    }

    // ---- applying
    // -----------------------------------------------------------------------------------------------------

    private void apply() throws StoreException {
        Applier.Pause pause = applier.applyUpTo(raft.commitIndex());
        open.applied(applier.applied());
        cache.evict(Math.min(applier.applied(), applier.writtenIndex()) + 1);
        if (pause == Applier.Pause.SEGMENT_END) {
            // While one is being written the boundary waits; its end asks for a turn.
            if (!checkpoints.running()) {
                checkpoint(applier.nextSegment(), true);
                applier.passSegmentEnd();
                shell.requestTurn();
            }
        } else if (pause == Applier.Pause.BUDGET) {
            shell.requestTurn();
        } else if (checkpoints.due(applier.applied(), applier.endPosition(), shell.nowMs())) {
            checkpoint(applier.endPosition(), false);
        }
    }

    private void checkpoint(long position, boolean boundary) {
        meter.checkpointTaken();
        checkpoints.take(
                applier.applied(),
                applier.appliedTerm(),
                position,
                boundary,
                applier.members(),
                shell.nowMs(),
                shell::requestTurn);
    }

    /** What a repair of the log does to this member. */
    private final class RepairedMember implements DamageRepair.Host {
        @Override
        public boolean running() {
            return role != GroupRole.FAILED && role != GroupRole.STOPPED;
        }

        @Override
        public long term() {
            return raft.term();
        }

        @Override
        public long commitIndex() {
            return raft.commitIndex();
        }

        @Override
        public void repaired() {
            shell.requestTurn();
        }

        @Override
        public void notRepairable(DamagedRun run) {
            if (run.firstIndex() > applier.applied()) {
                fail(new StoreException.Damaged(run.what()));
            } else if (raft.role() == Role.LEADER && raft.transfer(null, true, raftMs) != null) {
                LOG.warn("{}: handing leadership over to a member whose log may be whole", settings.group());
                shell.requestTurn();
            }
        }
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

    @Override
    public void dropLocalPrefix(long index) {
        long boundary = checkpoints.boundaryBelow(index);
        if (role == GroupRole.FAILED
                || role == GroupRole.STOPPED
                || boundary <= store.log().base().index()) {
            return;
        }
        LaneTask task = new LaneTask();
        task.extra = () -> store.log().dropPrefix(boundary + 1);
        task.done = () -> guarded(() -> {
            LogBase base = store.log().base();
            raft.prefixDropped(base.index());
            checkpoints.dropped(base.index());
            store.queues().dropBefore(base.position());
            store.keys().dropBefore(base.position());
            machine.prefixDropped(base.position());
            LOG.info("{}: dropped the log before entry {}", settings.group(), base.index() + 1);
        });
        submit(task);
    }

    private void install(Message.InstallRequest request) {
        InstallData data = (InstallData) request.data();
        data.image().retain();
        LogBase base = data.base();
        LOG.info("{}: too far behind, continuing from the leader's state at entry {}", settings.group(), base.index());
        SnapshotImage image = SnapshotImage.decode(data.image());
        LaneTask task = new LaneTask();
        task.extra = () -> {
            ByteBuf own = PooledByteBufAllocator.DEFAULT.directBuffer();
            try {
                new SnapshotImage(image.members(), new byte[0], new byte[0], image.state()).encode(own);
                Snapshot snapshot = new Snapshot(base.index(), base.term(), base.position());
                store.snapshots().save(snapshot, own);
                store.log().reset(base);
                for (Snapshot old : store.snapshots().list()) {
                    if (old.index() < base.index()) {
                        store.snapshots().delete(old);
                    }
                }
            } finally {
                own.release();
            }
        };
        task.done = () -> guarded(() -> {
            store.queues().rewind(new byte[0]);
            store.keys().rewind(new byte[0]);
            machine.restore(image.state());
            data.image().release();
            meter.snapshotInstalled();
            cache.clear();
            submittedIndex = base.index();
            endPosition = base.position();
            applier.reset(base, image.members());
            checkpoints.restored(base.index(), base.position());
            raft.installed(base.index(), base.term(), image.members().incarnations());
            shell.requestTurn();
        });
        submit(task);
    }

    // ---- role and status
    // ----------------------------------------------------------------------------------------------

    private void updateRole() {
        GroupRole now = currentRole();
        if (now != role || raft.term() != roleTerm || !Objects.equals(roleLeader, raft.leader())) {
            changeRole(now);
        }
    }

    private GroupRole currentRole() {
        if (role == GroupRole.FAILED || role == GroupRole.STOPPED) {
            return role;
        }
        return switch (raft.role()) {
            case LEADER ->
                raft.leaderReady() && applier.applied() >= raft.termStartIndex()
                        ? GroupRole.LEADER
                        : GroupRole.LEADER_STARTING;
            case PRE_CANDIDATE, CANDIDATE -> GroupRole.CANDIDATE;
            case FOLLOWER -> raft.standing() == Standing.VOTER ? GroupRole.FOLLOWER : GroupRole.RECOVERING;
        };
    }

    private void changeRole(GroupRole now) {
        if (now != role || raft.term() != roleTerm) {
            LOG.info(
                    "{}: {} in term {}{}",
                    settings.group(),
                    now,
                    raft.term(),
                    raft.leader() == null ? "" : ", leader " + raft.leader());
        } else if (raft.leader() != null) {
            LOG.info("{}: the leader of term {} is {}", settings.group(), raft.term(), raft.leader());
        }
        role = now;
        roleTerm = raft.term();
        roleLeader = raft.leader();
        meter.leader(roleLeader);
        publish();
        machine.roleChanged(now, roleTerm);
        if (now != GroupRole.LEADER && now != GroupRole.LEADER_STARTING) {
            transfers.forEach(transfer -> transfer.tryComplete(null));
            transfers.clear();
        }
    }

    private void publish() {
        if (!board.due(shell.nowMs(), role, roleTerm, raft.leader())) {
            return;
        }
        meter.behind(bytesBehind(applier.writtenIndex()), bytesBehind(applier.applied()));
        long now = shell.nowMs();
        Links peers = links;
        board.publish(
                raft,
                applier,
                store.log(),
                peers,
                new StatusBoard.View(
                        this::bytesBehind,
                        member -> progress.inSync(member, now, this::bytesBehind),
                        peers == null ? GroupStatus.CatchUp.UNKNOWN : progress.catchUp(now, peers),
                        firstStart(),
                        waiting.waitedMs(now),
                        writable(),
                        reason(),
                        refusals.reason(raft, now)));
        statusListeners.published(board.status());
    }

    /** Whether the group has never had an entry, as far as this member can know. */
    private boolean firstStart() {
        return fresh && raft.lastIndex() == 0 && raft.leader() == null && !progress.formedElsewhere();
    }

    private long bytesBehind(long index) {
        return lags.behind(index, submittedIndex, endPosition);
    }

    private boolean writable() {
        return role != GroupRole.FAILED && !diskFull && !spaceShort && !raft.transferring();
    }

    private String reason() {
        if (diskFull) {
            return "the disk is full";
        }
        if (spaceShort) {
            return "the disk is fuller than " + settings.diskFullPercent() + " %";
        }
        if (raft.transferring()) {
            return "leadership is being handed over";
        }
        return "";
    }

    private void checkSpace() {
        shell.<Integer>read(() -> store.space().usedPercent(), (percent, failure) -> {
            if (percent != null) {
                board.disk(percent);
                boolean tooFull = percent > settings.diskFullPercent();
                if (tooFull != spaceShort) {
                    spaceShort = tooFull;
                    LOG.warn(
                            "{}: disk used {} %: writes are {}",
                            settings.group(), percent, tooFull ? "refused" : "taken");
                    publish();
                }
            }
        });
    }

    /** A leader whose disk does not answer hands over, rather than making everybody wait for it. */
    private void handOverIfStuck(long now) {
        int patience = Math.max(3_000, 4 * settings.raft().electionTimeoutMs());
        Lane current = lane;
        if (raft.role() == Role.LEADER && now >= stuckCheckMs && current != null && current.stuck(now, patience)) {
            stuckCheckMs = now + patience;
            LOG.warn("{}: the disk has not answered for {} ms, handing leadership over", settings.group(), patience);
            raft.transfer(null, true, raftMs);
        }
    }

    // ---- Group
    // --------------------------------------------------------------------------------------------------------

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
        return statusListeners.add(listener);
    }

    /** What it counts. */
    public ReplicaMeter meter() {
        return meter;
    }

    /** Tells its metrics. Any thread. */
    public void collect(String cluster, MetricSink sink) {
        meter.collect(board.status(), cluster, sink);
        refusals.collect(board.status(), cluster, sink);
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
        return meter.refused(refusalNow());
    }

    private @Nullable Refusal refusalNow() {
        if (role != GroupRole.LEADER || raft.role() != Role.LEADER || stopping) {
            return raft.transferring() ? Refusal.TRANSFERRING : Refusal.NOT_LEADER;
        }
        if (raft.transferring()) {
            return Refusal.TRANSFERRING;
        }
        if (diskFull || spaceShort) {
            return Refusal.DISK_FULL;
        }
        return open.pendingBytes() >= settings.maxPendingBytes() ? Refusal.BUSY : null;
    }

    @Override
    public @Nullable Refusal begin(byte kind, short payloadVersion, int bytes) {
        if (kind < EntryKind.FIRST_APPLICATION_KIND) {
            throw new IllegalArgumentException("kind " + kind + " belongs to Raft");
        }
        Refusal refusal = refusal();
        if (refusal == null && bytes > settings.maxEntryBytes()) {
            refusal = Refusal.TOO_LARGE;
        }
        if (refusal == null) {
            open.begin(kind, payloadVersion, bytes);
            begun = bytes;
        }
        return refusal;
    }

    @Override
    public ByteBuf buffer() {
        return open.buffer();
    }

    @Override
    public long bufferPosition() {
        return open.bufferPosition();
    }

    @Override
    public void submit(Completion completion) {
        open.submit(completion, begun);
        shell.requestTurn();
    }

    @Override
    public @Nullable Refusal propose(byte kind, short payloadVersion, ByteBuf payload, Completion completion) {
        open.closeEntry();
        Refusal refusal = begin(kind, payloadVersion, payload.readableBytes());
        if (refusal == null) {
            open.buffer().writeBytes(payload, payload.readerIndex(), payload.readableBytes());
            submit(completion);
            open.closeEntry();
        }
        return refusal;
    }

    private void proposeOwn(byte kind, short version, ByteBuf payload, Completion completion) {
        open.closeEntry();
        open.begin(kind, version, payload.readableBytes());
        open.buffer().writeBytes(payload, payload.readerIndex(), payload.readableBytes());
        open.submit(completion, payload.readableBytes());
        open.closeEntry();
        shell.requestTurn();
    }

    @Override
    public void readBarrier(Completion completion) {
        guarded(() -> raft.readBarrier(completion));
        shell.requestTurn();
    }

    @Override
    public Future<Void> transferLeadership(@Nullable String node) {
        Promise<Void> promise = Promise.promise();
        shell.execute(() -> {
            if (raft.role() != Role.LEADER) {
                promise.complete();
                return;
            }
            String target = raft.transfer(node, false, raftMs);
            if (target == null) {
                promise.fail(node == null ? "no member is fit to take over" : node + " is not fit to take over");
                return;
            }
            LOG.info("{}: handing leadership over to {}", settings.group(), target);
            transfers.add(promise);
            shell.schedule(
                    3L * settings.raft().electionTimeoutMs(), () -> promise.tryFail(target + " did not take over"));
            shell.requestTurn();
        });
        return promise.future();
    }

    @Override
    public @Nullable Refusal proposeDropPrefix(long index, Completion completion) {
        Refusal refusal = refusal();
        if (refusal == null) {
            ByteBuf payload = Unpooled.buffer(Long.BYTES).writeLong(index);
            proposeOwn(EntryKind.DROP_PREFIX, (short) 1, payload, completion);
        }
        return refusal;
    }

    @Override
    public Future<Void> stop() {
        Promise<Void> promise = Promise.promise();
        transferLeadership(null).onComplete(handedOver -> shell.execute(() -> stopNow(promise)));
        return promise.future();
    }

    private void stopNow(Promise<Void> promise) {
        if (stopping) {
            promise.complete();
            return;
        }
        stopping = true;
        boolean failed = role == GroupRole.FAILED;
        raft.halt();
        open.fail();
        applier.failReads();
        failTransfers("the member stopped");
        changeRole(GroupRole.STOPPED);
        if (failed) {
            close(promise);
            return;
        }
        if (!checkpoints.running() && applier.applied() > 0) {
            checkpoints.take(
                    applier.applied(),
                    applier.appliedTerm(),
                    applier.endPosition(),
                    false,
                    applier.members(),
                    shell.nowMs(),
                    () -> {});
        }
        LaneTask last = new LaneTask();
        HardState whole = hardStates.last(raft);
        // The lane has synced everything before this runs: the log needs no page cache to be whole.
        last.extra = () -> store.hardState().save(whole);
        submit(last);
        close(promise);
    }

    private void close(Promise<Void> promise) {
        shell.<Boolean>read(
                () -> {
                    lane().close();
                    store.close();
                    return true;
                },
                (closed, failure) -> {
                    cache.clear();
                    if (closed == null) {
                        promise.fail(failure);
                    } else {
                        promise.complete();
                    }
                });
    }

    private void failTransfers(String why) {
        transfers.forEach(transfer -> transfer.tryFail(why));
        transfers.clear();
    }

    // ---- shared
    // -------------------------------------------------------------------------------------------------------

    /** Work in which an exception means a broken invariant or store: the member stops rather than fork the log. */
    @FunctionalInterface
    private interface Guarded {
        void run() throws StoreException;
    }

    private void guarded(Guarded work) {
        if (role == GroupRole.FAILED || role == GroupRole.STOPPED) {
            return;
        }
        try {
            work.run();
        } catch (StoreException | RuntimeException | Error e) {
            fail(e);
        }
    }

    private void submit(LaneTask task) {
        lane().submit(task);
    }

    private Lane lane() {
        return Objects.requireNonNull(lane, "not attached");
    }

    private Links links() {
        return Objects.requireNonNull(links, "not attached");
    }

    private DamageRepair repair() {
        return Objects.requireNonNull(repair, "not attached");
    }

    private Feeder feeder() {
        return Objects.requireNonNull(feeder, "not attached");
    }
}
