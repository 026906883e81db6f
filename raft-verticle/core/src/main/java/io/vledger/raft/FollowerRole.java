package io.vledger.raft;

/** What a member does as follower: takes over the leader's log (paper 5.3), or the state at its base (paper 7). */
final class FollowerRole {
    private final MemberState self;
    /**
     * Greatest index up to which this log is known to match that of this term's leader. At least the commit index: a leader has all
     * that is committed (paper 5.4.3).
     */
    private long verified;

    /** The leader's latest round that was accepted; replies confirm it (dissertation 6.4). */
    private long round;

    /** Whether log and state are being replaced. */
    private boolean installing;

    FollowerRole(MemberState self) {
        this.self = self;
        this.verified = self.commit;
    }

    /** Another leader, or none: what was known of the former one's log is void. */
    void begin() {
        round = 0;
        verified = self.commit;
    }

    /** Whether log and state are being replaced, so that this member must neither campaign nor take anything. */
    boolean installing() {
        return installing;
    }

    /** Takes entries, or a heartbeat, of this term's leader (paper, figure 2, AppendEntries, rules 2 to 5). */
    void onAppend(String from, Message.AppendRequest request) {
        if (installing) {
            // Takes nothing now, but the leader must know that this member is there.
            round = Math.max(round, request.round());
            acknowledge(from);
            return;
        }
        // The consistency check (5.3). What lies before our base is committed, and matches.
        long prev = request.prevIndex();
        if (prev > self.log.lastIndex()
                || (prev >= self.log.baseIndex() && self.log.termAt(prev) != request.prevTerm())) {
            rejectAppend(from, request);
            return;
        }
        round = Math.max(round, request.round());
        long matching = Math.max(prev, self.commit);
        Entries entries = request.entries();
        if (entries != null) {
            append(entries);
            matching = Math.max(matching, entries.lastIndex());
        }
        verified = Math.max(verified, matching);
        // Never beyond what is known to match: entries behind that may still be of a former leader.
        self.commitTo(Math.min(request.commit(), verified));
        if (self.synced >= verified || entries == null) {
            acknowledge(from);
        }
        // Else it is acknowledged when it is durable, by Raft.synced.
    }

    /**
     * An index at which the sender's log contradicts a committed entry; 0 if there is none. A leader has every entry that was
     * committed before its term (paper 5.4.3): what is committed here at or behind its first entry must be of its term, and what it
     * sends must agree with all that is committed here.
     */
    long conflict(Message.AppendRequest request) {
        long from = Math.max(request.termStart(), self.log.baseIndex());
        if (request.termStart() > 0 && from <= self.commit && self.log.termAt(from) != request.term()) {
            return from;
        }
        long prev = request.prevIndex();
        if (committedOther(prev, request.prevTerm())) {
            return prev;
        }
        Entries entries = request.entries();
        if (entries != null) {
            long end = Math.min(entries.lastIndex(), self.commit);
            for (long index = Math.max(entries.firstIndex(), self.log.baseIndex()); index <= end; index++) {
                if (committedOther(index, entries.termAt(index))) {
                    return index;
                }
            }
        }
        return 0;
    }

    private boolean committedOther(long index, long term) {
        return index <= self.commit && self.log.knows(index) && self.log.termAt(index) != term;
    }

    /** Does not follow a leader that lacks a committed entry, and informs it. */
    void refuse(String from, long conflict) {
        self.refuse(from, Violation.LACKS_COMMITTED);
        self.send(from, new Message.Conflict(self.term, conflict, self.log.termAt(conflict)));
    }

    /** Appends the entries that are new; an entry in conflict and all behind it are removed first (paper, figure 2, rules 3 and 4). */
    private void append(Entries entries) {
        for (long index = entries.firstIndex(); index <= entries.lastIndex(); index++) {
            if (index <= self.log.baseIndex()) {
                // Committed, and dropped here.
                continue;
            }
            if (index <= self.log.lastIndex()) {
                if (self.log.termAt(index) == entries.termAt(index)) {
                    continue;
                }
                truncate(index);
            }
            MemberState.require(
                    self.effects.append == null || self.effects.append == entries, "two runs of entries in one turn");
            self.effects.append = entries;
            self.append(index, entries);
        }
    }

    private void truncate(long index) {
        MemberState.require(
                index > self.commit,
                "committed entry " + index + " would be truncated (committed up to " + self.commit + ")");
        self.log.truncate(index);
        self.members.truncate(index);
        self.synced = Math.min(self.synced, index - 1);
        verified = Math.min(verified, index - 1);
        self.logGeneration++;
        self.effects.truncateFrom = index;
    }

    /** Acknowledges what is both durable here and known to match the leader's log. */
    void acknowledge(String to) {
        self.send(to, new Message.AppendAccepted(self.term, Math.min(self.synced, verified), round, self.standing));
    }

    /** Fails the consistency check, with what the leader needs to skip a run of terms at once (end of paper 5.3). */
    private void rejectAppend(String to, Message.AppendRequest request) {
        long prev = request.prevIndex();
        long next;
        if (prev > self.log.lastIndex()) {
            next = self.log.lastIndex() + 1;
        } else {
            // Skips our whole run of the conflicting term, but never what is committed.
            next = Math.max(self.log.firstIndexOfTermAt(prev), self.commit + 1);
        }
        long before = next - 1;
        long conflictTerm = self.log.knows(before) ? self.log.termAt(before) : 0;
        self.send(to, new Message.AppendRejected(self.term, prev, next, conflictTerm, request.round(), self.standing));
    }

    /** Takes the state at the leader's base, unless this log leads there already (paper 7, figure 13). */
    void onInstall(String from, Message.InstallRequest request) {
        if (installing) {
            return;
        }
        if (self.log.knows(request.baseIndex()) && self.log.termAt(request.baseIndex()) == request.baseTerm()) {
            // The log has the entry at the base, so all before it, and may have acknowledged
            // more: keep it (figure 13, rule 6).
            verified = Math.max(verified, request.baseIndex());
            self.commitTo(request.baseIndex());
        }
        if (request.baseIndex() <= self.commit) {
            self.send(from, new Message.InstallReply(self.term, Math.min(self.synced, self.commit)));
        } else {
            installing = true;
            self.effects.install = request;
        }
    }

    /** See {@link Raft#installed}. In any role. */
    void installed(long index, long baseTerm, Members baseMembers) {
        self.log.reset(index, baseTerm);
        self.members.reset(baseMembers);
        self.commit = index;
        self.synced = index;
        verified = index;
        self.logGeneration++;
        installing = false;
        self.adoptStanding();
        if (self.leader != null && self.role == Role.FOLLOWER) {
            self.send(self.leader, new Message.InstallReply(self.term, index));
        }
    }
}
