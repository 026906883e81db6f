package io.vledger.raft.driver;

import io.vledger.api.store.LogBatch;
import io.vledger.raft.Raft;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which followers a leader sends entries to at once, and which of them wait for more. As many followers as make a quorum with the leader
 * get each batch at once; what the others are sent gathers for {@value #STRIDE_MS} ms or {@value #STRIDE_BYTES} bytes, so that where there is
 * little to batch they are not woken, and do not flush, for each message. Nothing is counted that is not durable: an entry is committed as
 * ever, and an entry that is late is sent to everybody. A follower that is overtaken by one that was sent things later changes places with it.
 * Loop only.
 */
final class FeedPace {
    /** How long entries for a follower that the quorum does not need may gather. */
    static final int STRIDE_MS = 20;

    /** How many bytes of them may gather. */
    static final int STRIDE_BYTES = 128 << 10;

    /** An entry that has no quorum after so many milliseconds is sent to all followers, with the next turn. */
    static final int LATE_MS = 3;

    private final MemberCore core;
    private final Raft raft;
    private final BatchCache cache;
    private final DurableState durable;
    private final int quorum;
    /** The first ones are sent everything at once. */
    private final List<String> order = new ArrayList<>();

    /** Since when entries gather for a follower. */
    private final Map<String, Long> gathersSinceMs = new HashMap<>();

    private long nowMs;
    /** Whether an entry is late, so that nobody waits in this turn. */
    private boolean late;
    /** An entry that must be committed in time; 0 for none. */
    private long watchedIndex;

    private long watchedMs;
    private boolean turnPlanned;

    FeedPace(MemberCore core, BatchCache cache, DurableState durable) {
        this.core = core;
        this.raft = core.raft();
        this.cache = cache;
        this.durable = durable;
        List<String> members = core.settings().raft().members();
        this.quorum = members.size() / 2 + 1;
        String preferred = core.settings().raft().preferredLeader();
        for (String member : members) {
            if (!member.equals(core.settings().node())) {
                order.add(member.equals(preferred) ? 0 : order.size(), member);
            }
        }
    }

    /** All other members; those that are sent everything at once come first. */
    List<String> followers() {
        return order;
    }

    /** Begins the feeding of a turn. */
    void begin() {
        nowMs = core.shell().nowMs();
        if (watchedIndex > 0 && raft.commitIndex() >= watchedIndex) {
            watchedIndex = 0;
        }
        late = watchedIndex > 0 && nowMs - watchedMs >= LATE_MS;
        if (late) {
            watchedIndex = 0;
        }
        for (int place = 1; place < order.size(); place++) {
            if (overtook(place)) {
                Collections.swap(order, place - 1, place);
            }
        }
    }

    /** Whether a follower has what the one before it lacks, though that was sent it earlier. */
    private boolean overtook(int place) {
        return raft.matchIndex(order.get(place)) > raft.matchIndex(order.get(place - 1))
                && !preferred(order.get(place - 1));
    }

    /** Nobody waits: this member does not lead. */
    void forget() {
        gathersSinceMs.clear();
        watchedIndex = 0;
    }

    /** Whether what a follower lacks waits for more. If so, there will be a turn when it has waited for long enough. */
    boolean waits(String member) {
        if (!mayWait(member)) {
            gathersSinceMs.remove(member);
            return false;
        }
        Long since = gathersSinceMs.get(member);
        if (since == null) {
            since = nowMs;
            gathersSinceMs.put(member, since);
        } else if (nowMs - since >= STRIDE_MS) {
            gathersSinceMs.remove(member);
            return false;
        }
        if (watchedIndex == 0 && raft.commitIndex() < raft.lastIndex()) {
            watchedIndex = raft.lastIndex();
            watchedMs = nowMs;
        }
        planTurn(since + STRIDE_MS - nowMs);
        return true;
    }

    private boolean mayWait(String member) {
        long next = raft.nextToSend(member);
        return next > 0
                && next <= raft.lastIndex()
                && !late
                && raft.leaderReady()
                && !raft.transferring()
                && !preferred(member)
                && raft.steady(member)
                && raft.trusted(core.settings().node())
                && quorumWithout(member)
                && bytesFrom(next) < STRIDE_BYTES;
    }

    /** A member that is to take over leadership must have everything. */
    private boolean preferred(String member) {
        return member.equals(core.settings().raft().preferredLeader());
    }

    /** Whether the followers before it make a quorum with this member, and are not behind. */
    private boolean quorumWithout(String member) {
        int ready = 1;
        for (String other : order) {
            if (other.equals(member)) {
                break;
            }
            if (raft.steady(other) && raft.matchIndex(other) >= raft.commitIndex()) {
                ready++;
            }
        }
        return ready >= quorum;
    }

    private long bytesFrom(long index) {
        LogBatch first = cache.find(index);
        return first == null ? Long.MAX_VALUE : durable.endPosition() - first.positionAt(index);
    }

    private void planTurn(long inMs) {
        if (!turnPlanned) {
            turnPlanned = true;
            core.shell().schedule(inMs, () -> {
                turnPlanned = false;
                core.shell().requestTurn();
            });
        }
    }
}
