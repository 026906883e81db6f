package io.vledger.raft;

import org.jspecify.annotations.Nullable;

/**
 * Detects members whose memory is older than what was seen of it: a backup was put back, a machine's snapshot restored. Such a
 * member may have forgotten votes and entries, so nothing that it sends counts until it has taken a new incarnation.
 */
final class StaleMemoryDetector {
    private final MemberState self;

    StaleMemoryDetector(MemberState self) {
        this.self = self;
    }

    /** Judges the start that a member announced. Returns whether its memory is accepted; if not, it is informed. */
    boolean accepts(String member, Progress peer, MemberStart start) {
        if (outdated(peer, self.seen.get(member), start)) {
            peer.outdated = true;
            inform(member);
            return false;
        }
        if (start.incarnation() > peer.incarnation || peer.outdated) {
            peer.reset(start.incarnation(), self.log.lastIndex());
        }
        if (!start.seen().equals(self.seen.get(member))) {
            // Durable before anything rests on it: replies wait for the hard state.
            self.seen.put(member, start.seen());
            self.effects.saveHardState = true;
        }
        return true;
    }

    private boolean outdated(Progress peer, @Nullable SeenStart seen, MemberStart start) {
        if (start.incarnation() < peer.incarnation || (seen != null && seen.outdates(start.seen()))) {
            return true;
        }
        boolean restarted = start.incarnation() == peer.incarnation
                && start.count() > 0
                && !start.seen().equals(seen);
        return restarted
                && (start.term() < peer.promisedTerm
                        // Within one term an acknowledged entry stays: only a later leader could replace it.
                        || (self.role == Role.LEADER && start.term() <= self.term && start.lastIndex() < peer.match));
    }

    /** Informs a member that its memory is outdated. */
    void inform(String member) {
        SeenStart seen = self.seen.getOrDefault(member, new SeenStart(self.progress(member).incarnation, 0, 0));
        long incarnation = Math.max(seen.incarnation(), self.progress(member).incarnation);
        self.effects.outdated.add(member);
        self.send(member, new Message.MemoryOutdated(self.term, incarnation, seen.count()));
    }
}
