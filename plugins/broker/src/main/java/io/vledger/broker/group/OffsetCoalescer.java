package io.vledger.broker.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Gathers consumer offsets on a leader and proposes them as one entry per {@value #INTERVAL_MS} ms, only where they change
 * something. At most one entry is in flight, so that a later value can never be overtaken by an earlier one. Loop only.
 */
public final class OffsetCoalescer implements BrokerListener {
    /** Longest time that an offered offset waits before it is proposed, milliseconds. */
    public static final int INTERVAL_MS = 100;

    private static final int ENTRY_BYTES = 64 << 10;
    private static final int BYTES_PER_QUEUE = 12;
    /** Waits for the entry in flight, and adds nothing to the next. */
    private static final GroupTopic NOTHING = new GroupTopic("", "");

    private final Group group;
    private final BrokerState state;
    private final Map<GroupTopic, PendingOffsets> pending = new LinkedHashMap<>();
    private boolean timerArmed;
    private boolean flushQueued;
    private boolean inFlight;

    /** For one group; to be registered with the state. */
    public OffsetCoalescer(Group group, BrokerState state) {
        this.group = group;
        this.state = state;
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        dropAll(Refusal.NOT_LEADER);
    }

    /** Accepts an offset if this node leads; nobody waits for it. */
    public void offer(String groupName, String topic, int queueId, long queueOffset) {
        GroupTopic key = new GroupTopic(groupName, topic);
        PendingOffsets waiting = pending.get(key);
        boolean known = waiting == null && !inFlight && state.offsets().find(key, queueId) == queueOffset;
        if (known || !state.leads()) {
            return;
        }
        add(key).values.put(queueId, queueOffset);
        armTimer();
    }

    /** Accepts an offset; {@code done} is called once it is committed, or with why it is not. */
    public void commit(String groupName, String topic, int queueId, long queueOffset, Completion done) {
        if (!state.leads()) {
            done.done(Refusal.NOT_LEADER);
            return;
        }
        PendingOffsets waiting = add(new GroupTopic(groupName, topic));
        waiting.values.put(queueId, queueOffset);
        waiting.waiters.add(done);
        if (!flushQueued && !inFlight) {
            flushQueued = true;
            group.execute(this::flush);
        }
    }

    /**
     * Calls back once all offsets of a group and topic that were accepted before are committed, or with why that cannot be. A consumer
     * that stops leaves its last offsets behind one-way; the one that takes its place asks at once and must find them.
     */
    public void settle(String groupName, String topic, Completion done) {
        GroupTopic key = new GroupTopic(groupName, topic);
        if (!inFlight && !pending.containsKey(key)) {
            done.done(null);
            return;
        }
        add(key).waiters.add(done);
        if (!flushQueued && !inFlight) {
            flushQueued = true;
            group.execute(this::flush);
        }
    }

    /**
     * A handler that shows tools the offsets that were accepted before it is asked, as far as they can be committed: a consumer that stops
     * leaves its last ones behind one-way.
     */
    public RequestHandler settled(RequestHandler handler) {
        return request -> {
            request.detach();
            GroupTopic last = NOTHING;
            for (GroupTopic key : pending.keySet()) {
                last = key;
            }
            settle(last.group(), last.topic(), outcome -> {
                try {
                    handler.handle(request);
                } catch (RequestException wrong) {
                    request.reply(wrong.code(), wrong.getMessage());
                }
            });
        };
    }

    private PendingOffsets add(GroupTopic key) {
        return pending.computeIfAbsent(key, absent -> new PendingOffsets());
    }

    private void armTimer() {
        if (!timerArmed) {
            timerArmed = true;
            group.schedule(INTERVAL_MS, () -> {
                timerArmed = false;
                flush();
            });
        }
    }

    private void flush() {
        flushQueued = false;
        if (inFlight || pending.isEmpty()) {
            return;
        }
        ByteBuf payload = PooledByteBufAllocator.DEFAULT.buffer(256);
        List<Completion> waiters = new ArrayList<>();
        Map<GroupTopic, PendingOffsets> taken = take(payload, waiters);
        if (!payload.isReadable()) {
            payload.release();
            waiters.forEach(waiter -> waiter.done(null));
            return;
        }
        inFlight = true;
        Refusal refusal;
        try {
            refusal = group.propose(BrokerEntry.CONSUMER_OFFSETS, BrokerEntry.VERSION, payload, outcome -> {
                inFlight = false;
                waiters.forEach(waiter -> waiter.done(outcome));
                flush();
            });
        } finally {
            payload.release();
        }
        if (refusal != null) {
            inFlight = false;
            refused(refusal, taken, waiters);
        }
    }

    private Map<GroupTopic, PendingOffsets> take(ByteBuf payload, List<Completion> waiters) {
        Map<GroupTopic, PendingOffsets> taken = new LinkedHashMap<>();
        Iterator<Map.Entry<GroupTopic, PendingOffsets>> each =
                pending.entrySet().iterator();
        while (each.hasNext() && payload.readableBytes() < ENTRY_BYTES) {
            Map.Entry<GroupTopic, PendingOffsets> next = each.next();
            each.remove();
            GroupTopic key = next.getKey();
            List<BrokerEntry.QueueValue> changed = new ArrayList<>();
            next.getValue().values.forEach((queueId, value) -> {
                if (state.offsets().find(key, queueId) != value) {
                    changed.add(new BrokerEntry.QueueValue(queueId, value));
                }
            });
            if (!changed.isEmpty()) {
                payload.ensureWritable(changed.size() * BYTES_PER_QUEUE);
                BrokerEntry.writeOffsets(payload, key.group(), key.topic(), changed);
                taken.put(key, next.getValue());
            }
            waiters.addAll(next.getValue().waiters);
        }
        return taken;
    }

    private void refused(Refusal refusal, Map<GroupTopic, PendingOffsets> taken, List<Completion> waiters) {
        if (refusal == Refusal.BUSY || refusal == Refusal.DISK_FULL) {
            // Offered offsets are proposed again later; callers that wait are answered.
            taken.forEach((key, value) -> {
                value.waiters.clear();
                pending.putIfAbsent(key, value);
            });
            waiters.forEach(waiter -> waiter.done(refusal));
            armTimer();
        } else {
            waiters.forEach(waiter -> waiter.done(refusal));
            dropAll(refusal);
        }
    }

    private void dropAll(Refusal refusal) {
        List<PendingOffsets> dropped = new ArrayList<>(pending.values());
        pending.clear();
        for (PendingOffsets waiting : dropped) {
            waiting.waiters.forEach(waiter -> waiter.done(refusal));
        }
    }

    /** What waits for one group and topic. */
    private static final class PendingOffsets {
        private final TreeMap<Integer, Long> values = new TreeMap<>();
        private final List<Completion> waiters = new ArrayList<>();
    }
}
