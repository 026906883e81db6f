package io.vledger.raft;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The state that a member has in every role (paper, figure 2), shared by the roles. What is persistent is handed out to be saved by
 * {@link Effects#saveHardState} in the turn in which it changes; the log is saved by the driver, from
 * {@link Effects#append} and the entries that it proposes itself.
 */
final class MemberState {
    /** Fixed; every member has the same list of members. */
    final RaftSettings settings;

    /** Decides over the members of {@link #settings}: the list is fixed, only whose memory counts changes. */
    final Quorum quorum;

    // ---- persistent

    /** The current term. Never decreases. */
    long term;

    /** Member voted for in {@link #term}; null for none. Set once a term, and cleared only when the term rises. */
    @Nullable
    String vote;

    /** Number of this memory; see the package. Never decreases. */
    long incarnation;

    /** Whether the group relies on this memory. Becomes VOTER only when a list with {@link #incarnation} is committed. */
    Standing standing;

    /** The newest start of each other member that was ever heard of. Only ever replaced by a newer one. */
    final Map<String, SeenStart> seen = new TreeMap<>();

    /** Ends of the log and terms of its entries, durable or not. */
    final EntryWindow log;

    /** The member lists of the log. */
    final MemberLog members;

    // ---- volatile

    /**
     * What this member does in {@link #term}. CANDIDATE and LEADER only with its own vote in that term; LEADER exactly when {@link #leader}
     * is this member; PRE_CANDIDATE changes nothing that is persistent.
     */
    Role role = Role.FOLLOWER;

    /** Who leads {@link #term}; null if that is not known or it is gone. While set, another one of the same term is refused. */
    @Nullable
    String leader;

    /** Greatest index known to be committed. Never decreases; at least the base of the log and at most its end. */
    long commit;

    /**
     * Greatest index up to which the log is durable. Decreases only with a truncation or an installation. Acknowledgements never go beyond it.
     */
    long synced;

    /** Number of truncations and installations: distinguishes a write that completes late from one of the log as it is now. */
    long logGeneration;

    /** The other members, in configured order. */
    final Map<String, Progress> peers = new LinkedHashMap<>();

    /** Connected members that hold a committed entry which this one lacks. While there is one, this member does not lead. */
    final Set<String> disputes = new TreeSet<>();

    /** Whether the member stopped for good: it takes no input any more. */
    boolean halted;

    /** Effects of this turn so far. */
    Effects effects = new Effects();

    /** Hard states that were handed out to be saved and are not known to be durable. */
    private int unsaved;

    MemberState(RaftSettings settings, PersistentState restored) {
        Raft.Memory memory = restored.memory();
        this.settings = settings;
        this.quorum = new Quorum(settings.members());
        this.term = memory.term();
        this.vote = memory.vote().isEmpty() ? null : memory.vote();
        this.incarnation = memory.incarnation();
        this.standing = memory.standing();
        this.seen.putAll(memory.peers());
        this.log = new EntryWindow(restored.termRuns(), restored.lastIndex());
        this.members = new MemberLog(restored.members());
        this.commit = Math.min(Math.max(restored.commitIndex(), log.baseIndex()), log.lastIndex());
        this.synced = log.lastIndex();
        for (String member : settings.members()) {
            if (!member.equals(settings.self())) {
                peers.put(member, new Progress());
            }
        }
    }

    Progress progress(String member) {
        return Objects.requireNonNull(peers.get(member), () -> member + " is not a member");
    }

    /** Whether a member's votes and acknowledgements count; see {@link Quorum}. */
    boolean trusted(String member) {
        if (member.equals(settings.self())) {
            return standing == Standing.VOTER;
        }
        Progress peer = progress(member);
        return peer.incarnation != 0
                && !peer.outdated
                && (peer.incarnation == members.committed().incarnation(member)
                        // After a restart the commit index lags: our log has its admission, and it saw that committed.
                        || (peer.voter && peer.incarnation == members.latest().incarnation(member)));
    }

    /** Incarnation that a member spoke with last; 0 if it was not heard. */
    long heardIncarnation(String member) {
        return member.equals(settings.self()) ? incarnation : progress(member).incarnation;
    }

    /** Appends an entry to the log; a member list in it is the latest from here on, committed or not (dissertation 4.1). */
    void append(long index, Entries entries) {
        log.append(index, entries.termAt(index));
        Members list = entries.membersAt(index);
        if (list != null) {
            members.append(index, list);
        }
    }

    /** Commits up to an index, unless more is committed already. */
    void commitTo(long index) {
        if (index <= commit) {
            return;
        }
        require(index <= log.lastIndex(), "commit " + index + " is beyond the log's end " + log.lastIndex());
        commit = index;
        if (members.commit(index)) {
            adoptStanding();
        }
    }

    /** Becomes a voter if the committed member list names this memory. */
    void adoptStanding() {
        if (standing != Standing.VOTER && members.committed().incarnation(settings.self()) == incarnation) {
            standing = Standing.VOTER;
            effects.saveHardState = true;
            effects.roleChanged = true;
        }
    }

    /** Refuses a message. */
    void refuse(String from, Violation why) {
        effects.refused.add(new Effects.Refused(from, why));
    }

    /** Sends a message; if it rests on hard state that is not durable yet, after that is. */
    void send(String to, Message message) {
        effects.send(to, message, effects.saveHardState || unsaved > 0);
    }

    /** Hands out the effects of this turn and begins the next. */
    Effects takeEffects() {
        Effects taken = effects;
        effects = new Effects();
        if (taken.saveHardState) {
            unsaved++;
        }
        return taken;
    }

    /** One of the hard states handed out is durable; they become so in order. */
    void hardStateSaved() {
        unsaved--;
    }

    /** Checks an invariant; the caller must stop for good if this throws. */
    static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
