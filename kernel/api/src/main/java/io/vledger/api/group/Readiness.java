package io.vledger.api.group;

import io.vledger.api.origin.FirstStart;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one judgement of a member that health checks, metrics and commands share: each method finds what speaks against it, as the
 * end of a sentence that begins with the group, or nothing. Any thread.
 */
public final class Readiness {
    /**
     * How long a member of a group that has never started waits for others before it is called ready without them: so that
     * members can be started one after another, each once the one before is ready. Where all are started
     * together the group has a leader long before.
     */
    public static final long FIRST_START_MS = 10_000;

    private Readiness() {}

    /**
     * What keeps a member from being ready: it leads, or it follows a known leader and is in sync with it. A member that has
     * waited for the others of a group that has never started is ready as well, see {@link #waitsForFirstStart}.
     *
     * @param status null while the group is not open
     */
    public static String whyNotReady(@Nullable GroupStatus status) {
        if (status == null) {
            return "is opening its store";
        }
        if (status.role() == GroupRole.LEADER || waitsForFirstStart(status.firstStart())) {
            return "";
        }
        if (status.role() != GroupRole.FOLLOWER) {
            return "is " + status.role() + (status.reason().isEmpty() ? "" : ": " + status.reason());
        }
        if (status.leader() == null) {
            return "knows no leader" + (status.reason().isEmpty() ? "" : ": " + status.reason());
        }
        if (status.catchUp().inSync()) {
            return "";
        }
        return behind(status) + (status.reason().isEmpty() ? "" : "; " + status.reason());
    }

    /** What keeps a member from being ready whose group is not open yet. */
    public static String whyNotReady(GroupStartStatus.Snapshot start) {
        if (start.waits() && waitsForFirstStart(start.firstStart())) {
            return "";
        }
        return start.text().isEmpty() ? "is opening its store" : start.text();
    }

    private static String behind(GroupStatus status) {
        GroupStatus.CatchUp catchUp = status.catchUp();
        if (catchUp.leaderCommitIndex() < 0) {
            return "does not know yet what the leader " + status.leader() + " has committed";
        }
        return "is behind the leader " + status.leader() + " by " + status.lag() + " entries"
                + (catchUp.lagBytes() < 0 ? "" : " (" + catchUp.lagBytes() + " bytes)") + ", "
                + (catchUp.lagMs() < 0
                        ? "and has never caught up since it follows"
                        : "and last was caught up " + catchUp.lagMs() + " ms ago");
    }

    /**
     * Whether the group has never started, and waits for members that have not come for {@value #FIRST_START_MS} ms. Nothing
     * can be lost and nobody is served by then; sends are refused with the reason.
     */
    public static boolean waitsForFirstStart(@Nullable FirstStart first) {
        return first != null
                && first.waitedMs() >= FIRST_START_MS
                && !first.missing().isEmpty();
    }

    /**
     * Why a member must not be stopped now: the others would be no majority that has everything.
     *
     * @param status null while the group is not open
     */
    public static String whyNeeded(@Nullable GroupStatus status) {
        if (status == null) {
            return "";
        }
        if (status.leader() == null) {
            return "knows no leader, so it is not known whether the others are a majority in sync";
        }
        List<String> others = status.members().stream()
                .filter(member -> !member.node().equals(status.node()) && counts(status, member))
                .map(GroupStatus.Member::node)
                .toList();
        return others.size() >= status.majority()
                ? ""
                : "would have " + others.size() + " of " + status.members().size()
                        + " members that are connected voters in sync without this node" + list(others) + "; "
                        + status.majority() + " are needed";
    }

    private static boolean counts(GroupStatus status, GroupStatus.Member member) {
        return member.inSync() || member.node().equals(status.leader());
    }

    private static String list(List<String> others) {
        return others.isEmpty() ? "" : " (" + String.join(", ", others) + ")";
    }
}
