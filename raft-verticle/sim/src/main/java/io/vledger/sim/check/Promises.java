package io.vledger.sim.check;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.GroupRole;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.PartEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything that must hold, checked at each step as it happens. Throws {@link Broken}. */
public final class Promises {
    private final OneLeaderATerm leaders = new OneLeaderATerm();
    private final LogsMatch logs = new LogsMatch();
    private final CommittedStays committed = new CommittedStays();
    private final QueuesAreDense queues = new QueuesAreDense();
    private final AcknowledgedStays messages = new AcknowledgedStays(queues);
    private final ReadsStay reads = new ReadsStay(queues);
    private final OffsetsAdvance offsets = new OffsetsAdvance();
    private final Map<Member, Long> appliedBy = new HashMap<>();
    private @Nullable Broken broken;
    private boolean disregarded;

    /** A condition of the simulation itself. */
    public void check(boolean holds, String otherwise) {
        if (!holds) {
            fail(new Broken(otherwise));
        }
    }

    /** The replica catches what its callbacks throw, so a broken promise is kept until the event is over. */
    private void fail(Broken what) {
        if (broken == null) {
            broken = what;
        }
        throw what;
    }

    /** From here on those that a member must believe lie to it: what it holds proves nothing, only that it lives. */
    public void disregardHistory() {
        disregarded = true;
    }

    /** Whether members are lied to. */
    public boolean historyDisregarded() {
        return disregarded;
    }

    private void guard(Runnable step) {
        if (disregarded) {
            return;
        }
        try {
            step.run();
        } catch (Broken e) {
            fail(e);
        }
    }

    /** After every event: throws what was found during it. */
    public void afterEvent() {
        if (broken != null) {
            throw broken;
        }
    }

    /** A process started. */
    public void started(Member member) {
        appliedBy.put(member, 0L);
    }

    /** A role was taken. */
    public void roleChanged(Member member, GroupRole role, long term) {
        guard(() -> leaders.roleChanged(member, role, term));
    }

    /** A batch was written behind an entry of {@code termBefore}. */
    public void appended(Member member, LogBatch batch, long termBefore) {
        guard(() -> logs.appended(member, batch, termBefore));
    }

    /** The end of a log is about to go. */
    public void truncating(Member member, LogStore log, long from) {
        guard(() -> committed.truncating(member, log, from));
    }

    /** An entry is about to be applied. */
    public void applying(Member member, long index, byte kind, long position, ByteBuf payload) {
        guard(() -> {
            boolean first = committed.applying(member, index, kind, position, payload);
            if (first && kind == BrokerEntry.MESSAGES) {
                queues.committed(index, position, payload);
            } else if (first && kind == BrokerEntry.SCHEDULED_DELIVERY) {
                delivered(index, position, payload.duplicate());
            } else if (first && kind >= BrokerEntry.FIRST_PART_KIND) {
                partsCommitted(index, position, payload.duplicate());
            }
        });
    }

    private void delivered(long index, long position, ByteBuf payload) {
        int start = payload.readerIndex();
        while (payload.isReadable()) {
            payload.skipBytes(BrokerEntry.DELIVERY_HEADER_BYTES - Integer.BYTES);
            int bytes = payload.readInt();
            long messagesAt = position + payload.readerIndex() - start;
            queues.committed(index, messagesAt, payload.readSlice(bytes));
        }
    }

    private void partsCommitted(long index, long position, ByteBuf payload) {
        int start = payload.readerIndex();
        while (payload.isReadable()) {
            int bytes = PartEntry.skipToMessages(payload);
            long messagesAt = position + payload.readerIndex() - start;
            queues.committed(index, messagesAt, payload.readSlice(bytes));
        }
    }

    /** Entries up to an index were applied. */
    public void applied(Member member, long index) {
        guard(() -> committed.applied(member, index));
        appliedBy.merge(member, index, Math::max);
    }

    /** A client received the acknowledgement of its message. */
    public void acknowledged(String topic, int queueId, long queueOffset, long position, ByteBuf message) {
        guard(() -> messages.acknowledged(topic, queueId, queueOffset, position, Fingerprint.of(message)));
    }

    /** A client was shown a message. */
    public void read(Member member, String topic, int queueId, long queueOffset, long position, ByteBuf message) {
        guard(() -> reads.read(member, topic, queueId, queueOffset, position, message));
    }

    /** A client commits a consumer offset. */
    public void offsetProposed(String group, String topic, int queueId, long value) {
        offsets.proposed(key(group, topic, queueId), value);
    }

    /** A client received the acknowledgement of its consumer offset. */
    public void offsetAcknowledged(String group, String topic, int queueId, long value) {
        offsets.acknowledged(key(group, topic, queueId), value);
    }

    /** A read barrier is asked for: the returned check must hold on the member once the barrier was passed. */
    public Runnable barrier(Member member, BrokerState state, String group, String topic, int queueId) {
        Map<QueuesAreDense.Queue, Long> ends = messages.ends();
        String key = key(group, topic, queueId);
        long least = offsets.least(key);
        return () -> guard(() -> {
            messages.covers(member, ends);
            offsets.read(member, key, least, state.offsets().find(group, topic, queueId));
        });
    }

    private static String key(String group, String topic, int queueId) {
        return group + "@" + topic + "/" + queueId;
    }

    /** Index up to which some member has applied. */
    public long committedIndex() {
        return committed.highest();
    }

    /** Index up to which a member has applied since it started. */
    public long appliedBy(Member member) {
        return appliedBy.getOrDefault(member, 0L);
    }

    /** Acknowledged messages. */
    public int acknowledgedCount() {
        return messages.count();
    }

    /** Messages that clients were shown. */
    public long readCount() {
        return reads.count();
    }

    /** Terms that had a leader. */
    public int terms() {
        return leaders.terms();
    }

    /** Compares logs of running members, up to what each has applied, byte for byte. */
    public void logsAreIdentical(Iterable<? extends Member> all) {
        List<Member> running = new ArrayList<>();
        all.forEach(member -> {
            if (member.running()) {
                running.add(member);
            }
        });
        guard(() -> {
            try {
                for (int i = 1; i < running.size(); i++) {
                    Member one = running.get(i - 1);
                    Member other = running.get(i);
                    committed.compare(one, other, Math.min(appliedBy(one), appliedBy(other)));
                }
            } catch (StoreException e) {
                throw new Broken("logs cannot be compared: " + e.getMessage());
            }
        });
    }

    /** A member that is up to date has every acknowledged message. */
    public void nothingIsMissing(Member member) {
        guard(() -> {
            try {
                messages.all(member);
            } catch (StoreException e) {
                throw new Broken(member.id() + " cannot be read: " + e.getMessage());
            }
        });
    }
}
