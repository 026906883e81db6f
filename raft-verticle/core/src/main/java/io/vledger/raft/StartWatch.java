package io.vledger.raft;

import org.jspecify.annotations.Nullable;

/**
 * Notices members whose memory is older than what was seen of it: a backup was put back, a machine's snapshot restored. Such a
 * member may have forgotten votes and entries, so nothing that it says counts until it has taken a new incarnation.
 */
final class StartWatch {
    private final MemberState self;

    StartWatch(MemberState self) {
        this.self = self;
    }

    /** A member says what it remembers: whether it is taken. If not, it is told so. */
    boolean takes(String member, Progress peer, MemberStart start) {
        if (outdated(peer, self.seen.get(member), start)) {
            peer.outdated = true;
            tell(member);
            return false;
        }
        if (start.incarnation() > peer.incarnation || peer.outdated) {
            peer.forget(start.incarnation(), self.log.lastIndex());
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

    /** Tells a member that its memory is outdated. */
    void tell(String member) {
        SeenStart seen = self.seen.getOrDefault(member, new SeenStart(self.progress(member).incarnation, 0, 0));
        long incarnation = Math.max(seen.incarnation(), self.progress(member).incarnation);
        self.effects.outdated.add(member);
        self.reply(member, new Message.MemoryOutdated(self.term, incarnation, seen.count()));
    }
}
