package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.EntryKind;
import io.vledger.api.store.Durability;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.api.store.HardState.Cause;
import io.vledger.api.store.HardState.Start;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Standing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a replica starts from: the store as a stop of any kind left it, and the verdict whether its memory can be relied on.
 *
 * @param hardState durable already
 * @param snapshot what to restore; index 0 to start from nothing
 * @param state the state machine's bytes; whoever restores them releases the buffer
 * @param members member list as of the snapshot
 * @param laterMembers member lists of the log after it, by index
 */
public record Recovered(
        HardState hardState, Snapshot snapshot, ByteBuf state, MemberList members, Map<Long, MemberList> laterMembers) {
    private static final Logger LOG = LoggerFactory.getLogger(Recovered.class);
    private static final int SCAN_BYTES = 1 << 20;
    private static final byte[] NO_MARK = {};

    /**
     * Recovers a store. Blocks.
     *
     * @param origin where the log of a group with no entries begins
     * @param identity what tells this start from others
     */
    public static Recovered from(GroupStore store, LogBase origin, ReplicaSettings settings, StartIdentity identity)
            throws StoreException {
        Optional<HardState> saved = loadHardState(store, settings);
        LogStore log = store.log();
        Cause lost = memoryLost(store, settings, saved.orElse(null), identity);
        if (lost == Cause.DAMAGED) {
            LOG.error(
                    "{}: the log is damaged: {}. It is set aside; this node neither votes nor counts until it has"
                            + " caught up from a leader",
                    settings.group(),
                    log.recovery().damage());
            log.setDamageAside();
        }
        Snapshot snapshot = newestSnapshot(store, lost);
        if (snapshot.index() > log.lastIndex()) {
            // An install was cut short after its snapshot was saved.
            log.reset(new LogBase(snapshot.index(), snapshot.term(), snapshot.position()));
        }
        if (snapshot.index() < log.base().index()) {
            LOG.error(
                    "{}: no intact snapshot reaches the log's first entry {}; this node starts again from a leader",
                    settings.group(),
                    log.base().index() + 1);
            log.reset(origin);
            snapshot = new Snapshot(0, 0, origin.position());
            lost = Cause.DAMAGED;
        }
        HardState hardState = verdict(saved.orElse(null), lost, store, settings, identity);
        store.hardState().save(hardState);
        return restore(store, settings, hardState, snapshot);
    }

    private static Recovered restore(GroupStore store, ReplicaSettings settings, HardState hardState, Snapshot snapshot)
            throws StoreException {
        if (snapshot.index() == 0) {
            store.queues().rewind(NO_MARK);
            store.keys().rewind(NO_MARK);
            return new Recovered(
                    hardState, snapshot, Unpooled.EMPTY_BUFFER, initialMembers(settings), memberEntries(store, 0));
        }
        ByteBuf data = store.snapshots().load(snapshot);
        SnapshotImage image = SnapshotImage.decode(data);
        store.queues().rewind(image.queueMark());
        store.keys().rewind(image.keyMark());
        return new Recovered(
                        hardState,
                        snapshot,
                        image.state().retain(),
                        image.members(),
                        memberEntries(store, snapshot.index()))
                .releasing(data);
    }

    private Recovered releasing(ByteBuf data) {
        data.release();
        return this;
    }

    private static Optional<HardState> loadHardState(GroupStore store, ReplicaSettings settings) throws StoreException {
        try {
            return store.hardState().load();
        } catch (StoreException.Damaged e) {
            LOG.error(
                    "{}: {}; term and vote are lost, this node recovers from a leader",
                    settings.group(),
                    e.getMessage());
            return Optional.empty();
        }
    }

    /** Why the memory cannot be relied on, or null if it can. */
    private static @Nullable Cause memoryLost(
            GroupStore store, ReplicaSettings settings, @Nullable HardState saved, StartIdentity identity) {
        if (!store.log().recovery().damage().isEmpty()) {
            return Cause.DAMAGED;
        }
        if (saved == null) {
            return Cause.FRESH;
        }
        boolean cacheLost = !saved.bootId().isEmpty() && !saved.bootId().equals(settings.bootId());
        if (cacheLost) {
            LOG.warn(
                    "{}: the machine was restarted while this node ran with asynchronous durability; it neither votes nor"
                            + " counts until it has caught up from a leader",
                    settings.group());
        }
        if (cacheLost) {
            return Cause.CACHE_LOST;
        }
        return outdated(store, settings, saved, identity) ? Cause.OUTDATED : null;
    }

    /** Whether the directory is not the one that was written last: it may lack what this node acknowledged and voted since. */
    private static boolean outdated(
            GroupStore store, ReplicaSettings settings, HardState saved, StartIdentity identity) {
        String mark = saved.start().mark();
        boolean copied = !mark.isEmpty() && !identity.stands(mark);
        boolean cut = saved.start().count() > 0 && store.log().lastIndex() < saved.commit();
        if (copied || cut) {
            LOG.warn(
                    "{}: {}. It may lack what this node acknowledged and voted for since; it neither votes nor counts until"
                            + " it has caught up from a leader that the others elect",
                    settings.group(),
                    copied
                            ? "the directory, or a part of it, is a copy: a backup that was put back, or the directory was"
                                    + " moved to another disk"
                            : "the log ends at " + store.log().lastIndex() + ", but was durable up to "
                                    + saved.commit());
        }
        return copied || cut;
    }

    private static HardState verdict(
            @Nullable HardState saved,
            @Nullable Cause lost,
            GroupStore store,
            ReplicaSettings settings,
            StartIdentity identity) {
        String bootId = settings.durability() == Durability.ASYNC ? settings.bootId() : "";
        if (saved != null && lost == null) {
            return new HardState(
                    saved.term(),
                    saved.vote(),
                    saved.incarnation(),
                    saved.admitted(),
                    saved.cause(),
                    bootId,
                    saved.commit(),
                    start(saved, saved.incarnation(), saved.start().count() + 1, identity),
                    saved.peers());
        }
        List<LogStore.TermRun> terms = store.log().terms();
        long lastTerm = terms.get(terms.size() - 1).term();
        long before = saved == null ? 0 : saved.incarnation();
        long incarnation = Math.max(before + 1, identity.newIncarnation());
        return new HardState(
                Math.max(lastTerm, saved == null ? 0 : saved.term()),
                saved == null ? "" : saved.vote(),
                incarnation,
                false,
                lost == null ? Cause.FRESH : lost,
                bootId,
                saved == null ? 0 : Math.min(saved.commit(), store.log().lastIndex()),
                start(saved, incarnation, 1, identity),
                saved == null ? Map.of() : saved.peers());
    }

    private static Start start(@Nullable HardState saved, long incarnation, long count, StartIdentity identity) {
        long run = identity.newRun();
        String before = saved == null ? "" : saved.start().mark();
        return new Start(incarnation, count, run, identity.leaveMark(before, run));
    }

    /** Standing that a saved hard state gives. */
    Standing standing() {
        if (hardState.admitted()) {
            return Standing.VOTER;
        }
        return hardState.cause() == Cause.DAMAGED ? Standing.DAMAGED : Standing.RECOVERING;
    }

    /**
     * The newest snapshot to go on from. One beyond the log's end is the base of an install that was cut short, unless the end
     * was lost to damage: then its marks will not fit what the indexes are filled with anew, and it goes.
     */
    private static Snapshot newestSnapshot(GroupStore store, @Nullable Cause lost) throws StoreException {
        List<Snapshot> all = new ArrayList<>(store.snapshots().list());
        Collections.reverse(all);
        for (Snapshot snapshot : all) {
            boolean installed = lost != Cause.DAMAGED
                    && snapshot.position() == store.log().addressing().segmentStart(snapshot.position());
            if (snapshot.index() <= store.log().lastIndex() || installed) {
                return snapshot;
            }
            store.snapshots().delete(snapshot);
        }
        return new Snapshot(0, 0, store.log().base().position());
    }

    private static Map<Long, MemberList> memberEntries(GroupStore store, long after) throws StoreException {
        Map<Long, MemberList> found = new TreeMap<>();
        LogStore log = store.log();
        for (long index = Math.max(after, log.base().index()) + 1; index <= log.lastIndex(); ) {
            LogBatch batch = log.readBatch(index, SCAN_BYTES);
            try {
                for (; index <= batch.lastIndex(); index++) {
                    if (batch.kindAt(index) == EntryKind.MEMBERS) {
                        found.put(index, MemberList.decode(batch.payloadAt(index), batch.payloadVersionAt(index)));
                    }
                }
            } finally {
                batch.release();
            }
        }
        return found;
    }

    /** The list before any was committed: nobody admitted. */
    static MemberList initialMembers(ReplicaSettings settings) {
        Map<String, MemberList.Entry> members = new LinkedHashMap<>();
        for (String id : settings.raft().members()) {
            String address = settings.raftAddresses().getOrDefault(id, "");
            members.put(
                    id, new MemberList.Entry(0, address, id.equals(settings.node()) ? settings.clientAddress() : ""));
        }
        return new MemberList(members);
    }
}
