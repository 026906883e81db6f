package io.vledger.raft;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a member is and has in every role: hard state, log, members, and what the others were heard to say. */
final class MemberState {
    final RaftSettings settings;
    final Quorum quorum;
    final EntryWindow log;
    final MemberLog members;
    /** The other members. */
    final Map<String, Progress> peers = new LinkedHashMap<>();

    /** The newest start of each other member that was ever heard of. */
    final Map<String, SeenStart> seen = new TreeMap<>();
    /** Members that hold a committed entry which this one lacks; while there is one it must not lead. */
    final Set<String> disputes = new TreeSet<>();

    Effects effects = new Effects();
    long incarnation;
    long term;

    @Nullable
    String vote;

    Standing standing;
    Role role = Role.FOLLOWER;

    @Nullable
    String leader;

    boolean halted;
    long commit;
    /** Highest index of the own log that is durable. */
    long synced;

    long logGeneration;
    /** Hard states handed out to be saved and not confirmed yet. */
    private int unsaved;

    MemberState(RaftSettings settings, Raft.Memory memory, EntryWindow log, MemberLog members, long commit) {
        this.settings = settings;
        this.quorum = new Quorum(settings.members());
        this.term = memory.term();
        this.vote = memory.vote().isEmpty() ? null : memory.vote();
        this.incarnation = memory.incarnation();
        this.standing = memory.standing();
        this.seen.putAll(memory.peers());
        this.log = log;
        this.members = members;
        this.commit = Math.min(Math.max(commit, log.baseIndex()), log.lastIndex());
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

    /** Whether a member's acknowledgements count. */
    boolean trusted(String member) {
        if (member.equals(settings.self())) {
            return standing == Standing.VOTER;
        }
        Progress peer = progress(member);
        return peer.incarnation != 0
                && !peer.outdated
                && (peer.incarnation == members.committed().incarnation(member)
                        // It saw its admission committed, and our log has it: we only do not know yet, after a restart.
                        || (peer.voter && peer.incarnation == members.latest().incarnation(member)));
    }

    /** Incarnation that a member spoke with last; 0 if it was not heard. */
    long heardIncarnation(String member) {
        return member.equals(settings.self()) ? incarnation : progress(member).incarnation;
    }

    /** Takes an entry into the log. */
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
            adopt();
        }
    }

    /** The committed member list changed: are we a voter now? */
    void adopt() {
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

    /** Replies rest on the hard state: they wait for what is not saved of it. */
    void reply(String to, Message message) {
        (effects.saveHardState || unsaved > 0 ? effects.sendAfterSave : effects.sendNow)
                .add(new Effects.Outgoing(to, message));
    }

    Effects takeEffects() {
        Effects taken = effects;
        effects = new Effects();
        if (taken.saveHardState) {
            unsaved++;
        }
        return taken;
    }

    void hardStateSaved() {
        unsaved--;
    }

    /** Stops the member for good unless something holds that always must. */
    static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
