package io.vledger.raft.driver;

import io.vledger.api.group.ContradictionException;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.StateMachine;
import io.vledger.api.metrics.MetricSink;
import io.vledger.raft.Message;
import io.vledger.raft.Raft;
import io.vledger.raft.Role;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of committed entries that can be read and contradict the state: their leader was faulty or hostile, or this member's own state is the one
 * that is wrong. Loop only, except {@link #collect}.
 *
 * <p>While the term of the entry lasts, its leader is not followed: nothing after the entry is applied or acknowledged here. If the others see the
 * same contradiction they elect another leader; if only this member does, it stays behind alone and shows it, and leads nobody by a state that is not
 * theirs. In a later term the entry is history that no leader can take back: what contradicts is left out, on all members alike. A leader whose own
 * entry contradicts its own state fails before it acknowledges it.
 */
final class Contradictions {
    private static final Logger LOG = LoggerFactory.getLogger(Contradictions.class);
    private static final long LOG_INTERVAL_MS = 60_000;
    private static final long NONE = -1;

    private final String group;
    private final Raft raft;
    private final StateMachine machine;
    private final LongSupplier nowMs;
    private long waitsTerm = NONE;
    private String what = "";
    private long loggedMs = Long.MIN_VALUE / 2;
    private volatile long leftOut;

    /** @param nowMs a monotonic clock */
    Contradictions(String group, Raft raft, StateMachine machine, LongSupplier nowMs) {
        this.group = group;
        this.raft = raft;
        this.machine = machine;
        this.nowMs = nowMs;
        this.leftOut = machine.leftOut();
    }

    /** Whether the leadership is over in which an entry was proposed, so that what contradicts is left out. */
    boolean over(long term) {
        return term < raft.term();
    }

    /**
     * An entry of the present term contradicts the state.
     *
     * @throws EntryNotAppliedException if this member proposed it
     */
    void found(long index, byte kind, long term, ContradictionException contradicts) {
        if (raft.role() == Role.LEADER) {
            throw new EntryNotAppliedException(index, kind, term, contradicts);
        }
        if (waitsTerm != term) {
            waitsTerm = term;
            what = entry(index, kind, term, contradicts);
            LOG.error("{}: {}", group, reason());
        }
    }

    /** An entry of an earlier term was applied but for what contradicts the state. */
    void leftOut(long index, byte kind, long term, ContradictionException contradicts) {
        waitsTerm = NONE;
        leftOut = machine.leftOut();
        what = entry(index, kind, term, contradicts);
        if (nowMs.getAsLong() - loggedMs >= LOG_INTERVAL_MS) {
            loggedMs = nowMs.getAsLong();
            LOG.warn("{}: {}; it is left out. {} parts of entries were, so far", group, what, leftOut);
        }
    }

    private static String entry(long index, byte kind, long term, ContradictionException contradicts) {
        return "entry " + index + " of kind " + kind + ", by the leader of term " + term + ", contradicts the state: "
                + contradicts.getMessage();
    }

    /** The state was replaced by a leader's. */
    void replaced() {
        waitsTerm = NONE;
        what = "";
        leftOut = machine.leftOut();
    }

    /** Whether applying waits for the end of a leadership. */
    boolean waiting() {
        return amidEntry() && !over(waitsTerm);
    }

    /** Whether the state is that of the middle of an entry: also when the wait is over, until the entry is applied as far as it fits. */
    boolean amidEntry() {
        return waitsTerm != NONE;
    }

    /** Whether a message is of a leader that is not followed. */
    boolean refuses(Message message) {
        return waiting()
                && message.term() == waitsTerm
                && (message instanceof Message.AppendRequest || message instanceof Message.InstallRequest);
    }

    /** What applying waits for; empty if nothing keeps it. */
    String reason() {
        return waiting()
                ? what
                        + ". Nothing more of that leader is taken. If the other members go on without this one, its own state is"
                        + " wrong: move its directory of the group away before the next start, and it gets everything from them"
                : "";
    }

    /** What is wrong with the group since something was left out. */
    List<String> problems() {
        return leftOut == 0
                ? List.of()
                : List.of(leftOut + " parts of entries contradicted the state and were left out"
                        + (what.isEmpty() ? "" : ", last " + what)
                        + ". A leader was faulty or hostile. Where the metric rocketmq_raft_left_out_total is not the same on all"
                        + " members, the state of one is wrong: move its directory of the group away");
    }

    /** Collects how much was left out. Any thread. */
    void collect(GroupStatus status, String cluster, MetricSink sink) {
        sink.counter(
                "rocketmq_raft_left_out_total",
                "Parts of committed entries that contradicted the state and were left out, since the group began",
                ReplicaMeter.labels(status, cluster),
                leftOut);
    }
}
