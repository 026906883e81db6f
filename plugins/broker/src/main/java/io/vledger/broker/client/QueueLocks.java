package io.vledger.broker.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.PartEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which client may consume a queue in order, per consumer group. Who owns a queue is replicated, so that a lock is exclusive through a
 * change of leader: an entry is proposed when the owner changes or gives a queue back, and the client hears that it holds the queue
 * once that is applied, or once a quorum has confirmed that this member still leads if it held the queue before. When an owner asked last is in the leader's memory only; a new leader takes every owner for one that asked when
 * its leadership began. To be registered with the state. Loop only.
 */
public final class QueueLocks implements BrokerListener {
    /** A lock ends this long after it was last asked for, milliseconds. */
    static final long EXPIRY_MS = 60_000;
    /** Above this many locks no more are given. */
    static final int MAX_LOCKS = 200_000;

    private final Group group;
    private final LockOwners owners;
    private final LongSupplier clock;
    private final Map<Lock, Long> askedMs = new HashMap<>();
    /** The owners that queues are about to have, empty texts for nobody. */
    private Map<Lock, Change> changing = new HashMap<>();

    private long leadingSinceMs;

    private record Lock(String group, LockedQueue queue) {}

    /** A change under way. Compared by identity: a later one for the same queue takes its place. */
    private static final class Change {
        private final String clientId;

        Change(String clientId) {
            this.clientId = clientId;
        }
    }

    /** The locks of a group's member; the clock gives milliseconds since the epoch. */
    QueueLocks(Group group, BrokerState state, LongSupplier clock) {
        this.group = group;
        this.owners = state.part(LockOwners.class);
        this.clock = clock;
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        askedMs.clear();
        changing = new HashMap<>();
        leadingSinceMs = clock.getAsLong();
    }

    @Override
    public void restored() {
        askedMs.clear();
    }

    /**
     * Takes or refreshes locks.
     *
     * @param done called once, maybe before this returns, with those that the client holds now, or with why that is not known
     */
    void lock(
            String consumers,
            List<LockedQueue> queues,
            String clientId,
            BiConsumer<List<LockedQueue>, @Nullable Refusal> done) {
        long now = clock.getAsLong();
        List<LockedQueue> held = new ArrayList<>();
        List<LockedQueue> wanted = new ArrayList<>();
        for (LockedQueue queue : queues) {
            Lock lock = new Lock(consumers, queue);
            Change change = changing.get(lock);
            String owner = owners.owner(consumers, queue);
            if (change != null) {
                if (change.clientId.equals(clientId)) {
                    wanted.add(queue);
                }
            } else if (clientId.equals(owner)) {
                askedMs.put(lock, now);
                held.add(queue);
            } else if (owner == null
                    ? owners.size() + changing.size() + wanted.size() < MAX_LOCKS
                    : expired(lock, now)) {
                wanted.add(queue);
            }
        }
        if (wanted.isEmpty() && held.isEmpty()) {
            done.accept(held, null);
            return;
        }
        if (wanted.isEmpty()) {
            // A member that was deposed and does not know it must confirm nothing.
            group.readBarrier(refusal -> done.accept(held, refusal));
            return;
        }
        change(consumers, wanted, clientId, refusal -> {
            if (refusal == null) {
                wanted.forEach(queue -> askedMs.put(new Lock(consumers, queue), now));
                held.addAll(wanted);
            }
            done.accept(held, refusal);
        });
    }

    /** Gives locks back; nothing happens about those that another client holds. */
    void unlock(String consumers, List<LockedQueue> queues, String clientId, Completion done) {
        List<LockedQueue> own = new ArrayList<>();
        for (LockedQueue queue : queues) {
            Change change = changing.get(new Lock(consumers, queue));
            if (clientId.equals(change == null ? owners.owner(consumers, queue) : change.clientId)) {
                own.add(queue);
            }
        }
        if (own.isEmpty()) {
            done.done(null);
        } else {
            change(consumers, own, "", done);
        }
    }

    private void change(String consumers, List<LockedQueue> queues, String clientId, Completion done) {
        ByteBuf header = Unpooled.buffer();
        LockOwners.writeHeader(header, consumers, clientId, queues);
        int bytes = header.readableBytes();
        Refusal refusal = group.begin(LockOwners.OWNER_CHANGED, BrokerEntry.VERSION, PartEntry.bytes(bytes, 0));
        if (refusal != null) {
            done.done(refusal);
            return;
        }
        PartEntry.beginHeader(group.buffer(), bytes);
        group.buffer().writeBytes(header);
        PartEntry.beginMessages(group.buffer(), 0);
        Change change = new Change(clientId);
        Map<Lock, Change> mine = changing;
        queues.forEach(queue -> mine.put(new Lock(consumers, queue), change));
        group.submit(outcome -> {
            queues.forEach(queue -> mine.remove(new Lock(consumers, queue), change));
            done.done(outcome);
        });
    }

    private boolean expired(Lock lock, long nowMs) {
        return nowMs - askedMs.getOrDefault(lock, leadingSinceMs) > EXPIRY_MS;
    }

    /** Whether any client holds an unexpired lock in a group. */
    public boolean anyIn(String consumers) {
        long now = clock.getAsLong();
        return owners.queuesOf(consumers).stream().anyMatch(queue -> !expired(new Lock(consumers, queue), now));
    }

    /** On a leader, gives back what nobody has asked for any more. */
    void expire() {
        if (group.refusal() != null) {
            return;
        }
        long now = clock.getAsLong();
        Map<String, List<LockedQueue>> ended = new HashMap<>();
        owners.forEach((consumers, queues) -> {
            queues.removeIf(queue -> {
                Lock lock = new Lock(consumers, queue);
                return changing.containsKey(lock) || !expired(lock, now);
            });
            if (!queues.isEmpty()) {
                ended.put(consumers, queues);
            }
        });
        askedMs.keySet().removeIf(lock -> owners.owner(lock.group(), lock.queue()) == null);
        ended.forEach((consumers, queues) -> change(consumers, queues, "", Completion.NONE));
    }
}
