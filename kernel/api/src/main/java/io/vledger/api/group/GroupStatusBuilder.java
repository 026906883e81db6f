package io.vledger.api.group;

import io.vledger.api.origin.FirstStart;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Builds a {@link GroupStatus}. Unset, it is the status of a member that starts and knows of nothing. */
public final class GroupStatusBuilder {
    private final String group;
    private final String node;
    private GroupRole role = GroupRole.STARTING;
    private long term;
    private @Nullable String leader;
    private long commitIndex;
    private long appliedIndex;
    private long lastIndex;
    private long firstIndex;
    private long endPosition;
    private List<GroupStatus.Member> members = List.of();
    private String reason = "";
    private boolean writable;
    private int diskUsedPercent;
    private long elections;
    private GroupStatus.CatchUp catchUp = GroupStatus.CatchUp.UNKNOWN;
    private @Nullable FirstStart firstStart;
    private List<String> problems = List.of();

    GroupStatusBuilder(String group, String node) {
        this.group = group;
        this.node = node;
    }

    /** Sets {@link GroupStatus#role}. */
    public GroupStatusBuilder role(GroupRole value) {
        role = value;
        return this;
    }

    /** Sets {@link GroupStatus#term}. */
    public GroupStatusBuilder term(long value) {
        term = value;
        return this;
    }

    /** Sets {@link GroupStatus#leader}. */
    public GroupStatusBuilder leader(@Nullable String value) {
        leader = value;
        return this;
    }

    /** Sets {@link GroupStatus#commitIndex}. */
    public GroupStatusBuilder commitIndex(long value) {
        commitIndex = value;
        return this;
    }

    /** Sets {@link GroupStatus#appliedIndex}. */
    public GroupStatusBuilder appliedIndex(long value) {
        appliedIndex = value;
        return this;
    }

    /** Sets {@link GroupStatus#lastIndex}. */
    public GroupStatusBuilder lastIndex(long value) {
        lastIndex = value;
        return this;
    }

    /** Sets {@link GroupStatus#firstIndex}. */
    public GroupStatusBuilder firstIndex(long value) {
        firstIndex = value;
        return this;
    }

    /** Sets {@link GroupStatus#endPosition}. */
    public GroupStatusBuilder endPosition(long value) {
        endPosition = value;
        return this;
    }

    /** Sets {@link GroupStatus#members}. */
    public GroupStatusBuilder members(List<GroupStatus.Member> value) {
        members = value;
        return this;
    }

    /** Sets {@link GroupStatus#reason}. */
    public GroupStatusBuilder reason(String value) {
        reason = value;
        return this;
    }

    /** Sets {@link GroupStatus#writable}. */
    public GroupStatusBuilder writable(boolean value) {
        writable = value;
        return this;
    }

    /** Sets {@link GroupStatus#diskUsedPercent}. */
    public GroupStatusBuilder diskUsedPercent(int value) {
        diskUsedPercent = value;
        return this;
    }

    /** Sets {@link GroupStatus#elections}. */
    public GroupStatusBuilder elections(long value) {
        elections = value;
        return this;
    }

    /** Sets {@link GroupStatus#catchUp}. */
    public GroupStatusBuilder catchUp(GroupStatus.CatchUp value) {
        catchUp = value;
        return this;
    }

    /** Sets {@link GroupStatus#firstStart}. */
    public GroupStatusBuilder firstStart(@Nullable FirstStart value) {
        firstStart = value;
        return this;
    }

    /** Sets {@link GroupStatus#problems}. */
    public GroupStatusBuilder problems(List<String> value) {
        problems = value;
        return this;
    }

    /** The record of what was set. */
    public GroupStatus build() {
        return new GroupStatus(
                group,
                node,
                role,
                term,
                leader,
                commitIndex,
                appliedIndex,
                lastIndex,
                firstIndex,
                endPosition,
                members,
                reason,
                writable,
                diskUsedPercent,
                elections,
                catchUp,
                firstStart,
                problems);
    }
}
