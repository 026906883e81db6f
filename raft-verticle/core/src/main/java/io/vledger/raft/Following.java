package io.vledger.raft;

/** What a member does as follower: takes over the leader's log (paper 5.3), or its base. */
final class Following {
    private final MemberState self;
    /** Highest index known to match the log of this term's leader. */
    private long verified;
    /** The leader's last round that was heard. */
    private long round;

    private boolean installing;

    Following(MemberState self) {
        this.self = self;
        this.verified = self.commit;
    }

    /** Another leader, or none. */
    void begin() {
        round = 0;
        verified = self.commit;
    }

    /** Whether log and state are being replaced, so that this member must neither campaign nor take anything. */
    boolean installing() {
        return installing;
    }

    void onAppend(String from, Message.AppendRequest request) {
        if (installing) {
            // Takes nothing now, but the leader must not take us for gone.
            round = Math.max(round, request.round());
            acknowledge(from);
            return;
        }
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
            takeOver(entries);
            matching = Math.max(matching, entries.lastIndex());
        }
        verified = Math.max(verified, matching);
        self.commitTo(Math.min(request.commit(), verified));
        if (self.synced >= verified || entries == null) {
            acknowledge(from);
        }
    }

    /**
     * An index at which a committed entry cannot be in the log of whoever sent this; 0 if there is none. A leader has every entry
     * that was committed before its term (paper 5.4.3): what is committed here at or behind its first entry must be its own, and
     * what it sends must agree with all that is committed here.
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

    /** Does not follow a leader that lacks what is committed, and says so. */
    void refuse(String from, long conflict) {
        self.refuse(from, Violation.LACKS_COMMITTED);
        self.reply(from, new Message.Conflict(self.term, conflict, self.log.termAt(conflict)));
    }

    /** Appends what is new of a leader's run; a conflict removes what we had from there on (paper 5.3). */
    private void takeOver(Entries entries) {
        for (long index = entries.firstIndex(); index <= entries.lastIndex(); index++) {
            if (index <= self.log.baseIndex()) {
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

    /** Tells the leader how far this log is durable and the same as its own. */
    void acknowledge(String to) {
        self.reply(
                to,
                new Message.AppendReply(self.term, true, Math.min(self.synced, verified), 0, 0, round, self.standing));
    }

    private void rejectAppend(String to, Message.AppendRequest request) {
        long prev = request.prevIndex();
        long next;
        if (prev > self.log.lastIndex()) {
            next = self.log.lastIndex() + 1;
        } else {
            // Skip our whole run of the conflicting term, but never what is committed.
            next = Math.max(self.log.firstIndexOfTermAt(prev), self.commit + 1);
        }
        long before = next - 1;
        long conflictTerm = self.log.knows(before) ? self.log.termAt(before) : 0;
        self.reply(
                to,
                new Message.AppendReply(self.term, false, next, conflictTerm, prev, request.round(), self.standing));
    }

    void onInstall(String from, Message.InstallRequest request) {
        if (installing) {
            return;
        }
        if (self.log.knows(request.baseIndex()) && self.log.termAt(request.baseIndex()) == request.baseTerm()) {
            // We have what leads to this base, and maybe acknowledged more: keep it.
            verified = Math.max(verified, request.baseIndex());
            self.commitTo(request.baseIndex());
        }
        if (request.baseIndex() <= self.commit) {
            self.reply(from, new Message.InstallReply(self.term, Math.min(self.synced, self.commit)));
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
        self.adopt();
        if (self.leader != null && self.role == Role.FOLLOWER) {
            self.reply(self.leader, new Message.InstallReply(self.term, index));
        }
    }
}
