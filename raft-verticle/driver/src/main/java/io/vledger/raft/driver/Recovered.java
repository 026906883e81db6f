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
 * What a replica starts from: the store as a stop of any kind left it, and whether its state can be relied on.
 *
 * @param hardState durable already
 * @param snapshot what to restore; index 0 to start from nothing
 * @param state the state machine's bytes; the caller releases the buffer
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
     * @param identity distinguishes this start from others
     */
    public static Recovered from(GroupStore store, LogBase origin, ReplicaSettings settings, StartIdentity identity)
            throws StoreException {
        HardState saved = loadHardState(store, settings).orElse(null);
        Cause lost = memoryLost(store, settings, saved, identity);
        if (lost == Cause.DAMAGED) {
            saved = declareLost(
                    saved, store, settings, identity, store.log().recovery().damage());
            store.log().setDamageAside();
        }
        while (true) {
            try {
                return from(store, origin, settings, identity, saved, lost);
            } catch (StoreException.Damaged e) {
                LogStore.DamagedRun run = e.run();
                if (run == null) {
                    throw e;
                }
                // Entries that must be read before this node can talk to those who might give them back.
                lost = Cause.DAMAGED;
                saved = declareLost(saved, store, settings, identity, run.what());
                store.log().setDamageAside(run);
            }
        }
    }

    /** Durably, before the damage is set aside: after that nothing in the log shows that it once was longer. */
    private static HardState declareLost(
            @Nullable HardState saved,
            GroupStore store,
            ReplicaSettings settings,
            StartIdentity identity,
            String damage)
            throws StoreException {
        LOG.error(
                "{}: the log is damaged: {}. It is set aside; this node neither votes nor counts until it has"
                        + " caught up from a leader",
                settings.group(),
                damage);
        HardState lost = verdict(saved, Cause.DAMAGED, store, settings, identity);
        store.hardState().save(lost);
        return lost;
    }

    private static Recovered from(
            GroupStore store,
            LogBase origin,
            ReplicaSettings settings,
            StartIdentity identity,
            @Nullable HardState saved,
            @Nullable Cause found)
            throws StoreException {
        LogStore log = store.log();
        Cause lost = found;
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
        HardState hardState = verdict(saved, lost, store, settings, identity);
        store.hardState().save(hardState);
        return restore(store, settings, hardState, snapshot);
    }

    /**
     * Restores the newest state that the indexes can go back to. An index that is damaged is rebuilt: from an older state whose part
     * of it is intact, or else from the beginning of the log, by applying again what came after.
     */
    private static Recovered restore(GroupStore store, ReplicaSettings settings, HardState hardState, Snapshot snapshot)
            throws StoreException {
        long base = store.log().base().index();
        List<Snapshot> states = new ArrayList<>(store.snapshots().list());
        states.removeIf(each -> each.index() > snapshot.index() || each.index() < base);
        Collections.reverse(states);
        boolean damaged = false;
        for (Snapshot state : states) {
            ByteBuf data = null;
            try {
                data = store.snapshots().load(state);
                SnapshotImage image = SnapshotImage.decode(data);
                store.queues().rewind(image.queueMark());
                store.keys().rewind(image.keyMark());
            } catch (StoreException.Damaged e) {
                damaged = true;
                LOG.error("{}: {}", settings.group(), e.getMessage());
                release(data);
                continue;
            }
            announceRebuild(damaged, store, settings, state.index());
            return recovered(store, hardState, state, data);
        }
        announceRebuild(damaged, store, settings, base);
        return fromTheBeginning(store, settings, hardState, base);
    }

    /** The indexes begin empty, as after an install, and are filled by applying the whole log. */
    private static Recovered fromTheBeginning(
            GroupStore store, ReplicaSettings settings, HardState hardState, long base) throws StoreException {
        store.queues().rewind(NO_MARK);
        store.keys().rewind(NO_MARK);
        if (base == 0) {
            Snapshot none = new Snapshot(0, 0, store.log().base().position());
            return new Recovered(
                    hardState, none, Unpooled.EMPTY_BUFFER, initialMembers(settings), memberEntries(store, 0));
        }
        for (Snapshot state : store.snapshots().list()) {
            if (state.index() == base) {
                ByteBuf data;
                try {
                    data = store.snapshots().load(state);
                } catch (StoreException.Damaged e) {
                    LOG.error("{}: {}", settings.group(), e.getMessage());
                    break;
                }
                return recovered(store, hardState, state, data);
            }
        }
        throw new StoreException.Damaged(settings.group()
                + ": the queue index is damaged, and so is the state at entry "
                + base + " that it would be rebuilt from; move the group's directory away: the node then starts with an"
                + " empty one and is filled by the other members");
    }

    private static void announceRebuild(boolean damaged, GroupStore store, ReplicaSettings settings, long from) {
        if (damaged) {
            LOG.warn(
                    "{}: the indexes are rebuilt from the log: {} entries from {} on are applied again; until then this"
                            + " node is not ready",
                    settings.group(),
                    store.log().lastIndex() - from,
                    from + 1);
        }
    }

    private static void release(@Nullable ByteBuf data) {
        if (data != null) {
            data.release();
        }
    }

    /** @param data of the snapshot; released */
    private static Recovered recovered(GroupStore store, HardState hardState, Snapshot snapshot, ByteBuf data)
            throws StoreException {
        try {
            SnapshotImage image = SnapshotImage.decode(data);
            return new Recovered(
                    hardState,
                    snapshot,
                    image.state().retain(),
                    image.members(),
                    memberEntries(store, snapshot.index()));
        } finally {
            data.release();
        }
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

    /** Why the saved state cannot be relied on; null if it can. */
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
        boolean copied = !mark.isEmpty() && !identity.isOriginal(mark);
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
     * The newest snapshot to continue from. One beyond the log's end is the base of an install that was cut short, unless the end
     * was lost to damage: then its marks do not fit the refilled indexes, and it is deleted.
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
