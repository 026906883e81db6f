package io.vledger.importer.store;

import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import java.util.HashMap;
import java.util.Map;

/** Queues that begin with the old broker's units and continue with the group's own. Loop only. */
final class ContinuedQueues extends ForwardingIndex<QueueIndex> implements QueueIndex {
    private final Map<Long, OriginQueue> old;

    /** @param old by queue key the queues with units in the old log */
    ContinuedQueues(QueueIndex own, Map<Long, OriginQueue> old) {
        super(own);
        this.old = new HashMap<>(old);
    }

    @Override
    public QueueLog queue(long queueKey) {
        OriginQueue before = old.get(queueKey);
        QueueLog after = own.queue(queueKey);
        return before == null ? after : new ContinuedQueue(before, after);
    }

    @Override
    public void remove(long queueKey) {
        old.remove(queueKey);
        own.remove(queueKey);
    }

    private static final class ContinuedQueue implements QueueLog {
        private final OriginQueue before;
        private final QueueLog after;

        ContinuedQueue(OriginQueue before, QueueLog after) {
            this.before = before;
            this.after = after;
        }

        @Override
        public void append(long queueOffset, long position, int size, long tagsCode) {
            if (queueOffset < before.max()) {
                throw new IllegalArgumentException("queue offset " + queueOffset
                        + " belongs to the old log, which has the queue up to " + before.max());
            }
            after.append(queueOffset, position, size, tagsCode);
        }

        @Override
        public long minOffset() {
            long first = before.min();
            if (first < before.max()) {
                return first;
            }
            return after.maxOffset() == 0 ? before.max() : after.minOffset();
        }

        @Override
        public long maxOffset() {
            return Math.max(before.max(), after.maxOffset());
        }

        @Override
        public int read(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException {
            if (queueOffset >= before.max()) {
                return after.read(queueOffset, maxUnits, visitor);
            }
            if (queueOffset < before.min()) {
                return 0;
            }
            boolean[] enough = new boolean[1];
            int visited = before.read(queueOffset, maxUnits, (at, position, size, tagsCode) -> {
                boolean more = visitor.visit(at, position, size, tagsCode);
                enough[0] |= !more;
                return more;
            });
            boolean ended = queueOffset + visited == before.max();
            return enough[0] || !ended || visited == maxUnits
                    ? visited
                    : visited + after.read(before.max(), maxUnits - visited, visitor);
        }
    }
}
