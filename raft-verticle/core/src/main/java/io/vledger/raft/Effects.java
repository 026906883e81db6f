package io.vledger.raft;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must be carried out after a turn, in this order: submit the hard state, the truncation and the entries to the store
 * lane as one unit; send {@link #sendNow}; send {@link #sendAfterSave} once the lane has made that hard state durable;
 * then everything else.
 */
public final class Effects {
    /**
     * A message to a member.
     *
     * @param to member id
     */
    public record Outgoing(String to, Message message) {}

    /**
     * A message that was refused.
     *
     * @param from member id
     */
    public record Refused(String from, Violation why) {}

    private final List<Outgoing> sendNow = new ArrayList<>();
    private final List<Outgoing> sendAfterSave = new ArrayList<>();
    final List<Object> readsReady = new ArrayList<>();
    final List<Object> readsFailed = new ArrayList<>();
    final List<String> installs = new ArrayList<>();
    final List<Refused> refused = new ArrayList<>();
    final List<String> outdated = new ArrayList<>();
    boolean saveHardState;
    long truncateFrom;

    @Nullable
    Entries append;

    @Nullable
    Members proposeMembers;

    Message.@Nullable InstallRequest install;
    boolean roleChanged;
    long startOverFrom;

    Effects() {}

    /**
     * Adds a message.
     *
     * @param unsaved whether there is hard state that is not durable, of this turn or an earlier one
     */
    void send(String to, Message message, boolean unsaved) {
        (unsaved && message.restsOnHardState() ? sendAfterSave : sendNow).add(new Outgoing(to, message));
    }

    /** Messages that may leave at once. */
    public List<Outgoing> sendNow() {
        return sendNow;
    }

    /** Messages that must not leave before this turn's hard state, and all earlier ones, are durable. */
    public List<Outgoing> sendAfterSave() {
        return sendAfterSave;
    }

    /** Whether term, vote, admission or what was seen of others changed and must be saved. */
    public boolean saveHardState() {
        return saveHardState;
    }

    /** Entries from this index on must be removed first; 0 for none. */
    public long truncateFrom() {
        return truncateFrom;
    }

    /** Entries of a leader's message to append; null for none. */
    public @Nullable Entries append() {
        return append;
    }

    /** As leader: propose this member list; null for none. */
    public @Nullable Members proposeMembers() {
        return proposeMembers;
    }

    /** Members that need the state at the base of our log. */
    public List<String> installs() {
        return installs;
    }

    /** As follower: replace log and state by this base, then call {@link Raft#installed}; null for none. */
    public Message.@Nullable InstallRequest install() {
        return install;
    }

    /** Whether role, term or leader changed. */
    public boolean roleChanged() {
        return roleChanged;
    }

    /** Read barriers that hold now. */
    public List<Object> readsReady() {
        return readsReady;
    }

    /** Read barriers that cannot hold any more. */
    public List<Object> readsFailed() {
        return readsFailed;
    }

    /** Messages that were refused; see {@link Violation}. */
    public List<Refused> refused() {
        return refused;
    }

    /** Members whose memory is older than what was seen of it; they are informed by a message of this turn. */
    public List<String> outdated() {
        return outdated;
    }

    /**
     * This member's memory is older than what others have seen of it: call {@link Raft#startOver} with a new incarnation, at
     * least this one, and greet the others anew; 0 if not.
     */
    public long startOverFrom() {
        return startOverFrom;
    }
}
