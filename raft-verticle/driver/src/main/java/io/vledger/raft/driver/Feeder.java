package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Message;
import io.vledger.raft.Raft;
import io.vledger.raft.Role;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends entries from the leader's log to the followers, as far as the core lets it: the newest from memory, older ones by
 * reads off the loop, so that a follower that is far behind costs the others nothing. Loop only.
 */
final class Feeder {
    private static final Logger LOG = LoggerFactory.getLogger(Feeder.class);
    private static final int COLD_READ_BYTES = 512 << 10;
    /** Small batches up to so many bytes together are copied into one: one frame, one write, one acknowledgement. */
    private static final int JOINED_BYTES = 192 << 10;

    private final MemberCore core;
    private final Raft raft;
    private final GroupStore store;
    private final BatchCache cache;
    private final FeedPace pace;
    private final Links links;
    private final Consumer<Exception> onDamage;
    private final Set<String> reading = new HashSet<>();

    /** @param onDamage called when the log here is damaged and cannot be repaired in part */
    Feeder(MemberCore core, BatchCache cache, FeedPace pace, Links links, Consumer<Exception> onDamage) {
        this.core = core;
        this.raft = core.raft();
        this.store = core.store();
        this.cache = cache;
        this.pace = pace;
        this.links = links;
        this.onDamage = onDamage;
    }

    /** As leader: sends each follower what may be sent now and does not wait for more. */
    void feedAll() {
        if (raft.role() != Role.LEADER) {
            pace.forget();
            return;
        }
        pace.begin();
        for (String member : pace.followers()) {
            if (!pace.waits(member)) {
                feed(member);
            }
        }
    }

    /** Sends a member everything that may be sent now. */
    private void feed(String member) {
        while (!reading.contains(member)) {
            long next = raft.nextToSend(member);
            if (next == 0) {
                return;
            }
            if (next > raft.lastIndex()) {
                links.send(
                        member, raft.buildAppend(member, null, 0, core.clock().nowMs()));
                continue;
            }
            LogBatch run = cache.run(next, JOINED_BYTES);
            if (run == null) {
                readCold(member, next);
                return;
            }
            send(member, run);
        }
    }

    private void send(String member, LogBatch run) {
        try {
            links.send(
                    member,
                    raft.buildAppend(
                            member,
                            new BatchEntries(run),
                            run.byteCount(),
                            core.clock().nowMs()));
        } finally {
            run.release();
        }
    }

    private void readCold(String member, long next) {
        reading.add(member);
        long term = raft.term();
        core.shell().<LogBatch>read(() -> store.log().readBatch(next, COLD_READ_BYTES), (batch, failure) -> {
            reading.remove(member);
            if (batch == null) {
                if (failure instanceof StoreException.Damaged damaged) {
                    // It is repaired meanwhile, and read again with the next turn. If it cannot be, others can feed the
                    // member; a leader that cannot must not keep it waiting for ever.
                    if (damaged.run() == null) {
                        onDamage.accept(failure);
                    }
                    return;
                }
                LOG.warn("{}: cannot read entry {} for {}: {}", core.group(), next, member, String.valueOf(failure));
                return;
            }
            if (raft.term() == term && raft.nextToSend(member) == next && batch.lastIndex() <= raft.lastIndex()) {
                send(member, batch);
            } else {
                batch.release();
            }
            core.shell().requestTurn();
        });
    }

    /** Sends a member the state at the base of the log. */
    void install(String member) {
        core.meter().snapshotSent();
        LogBase base = store.log().base();
        core.shell().<InstallData>read(() -> loadBase(base), (data, failure) -> {
            if (data == null) {
                LOG.error(
                        "{}: cannot send {} the state at entry {}: {}",
                        core.group(),
                        member,
                        base.index(),
                        String.valueOf(failure));
                return;
            }
            try {
                links.send(member, new Message.InstallRequest(raft.term(), base.index(), base.term(), data));
            } finally {
                data.image().release();
            }
        });
    }

    private InstallData loadBase(LogBase base) throws StoreException {
        for (Snapshot snapshot : store.snapshots().list()) {
            if (snapshot.index() == base.index()) {
                ByteBuf image = store.snapshots().load(snapshot);
                return new InstallData(base, image);
            }
        }
        throw new StoreException.OutOfRange("there is no snapshot at the log's base, entry " + base.index());
    }
}
