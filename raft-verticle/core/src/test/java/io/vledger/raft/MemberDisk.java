package io.vledger.raft;

import org.jspecify.annotations.Nullable;

/** What a test member has on its disk. */
final class MemberDisk {
    Raft.@Nullable Memory memory;
    long commitHint;
    final MemberLogImage log;

    /** Entries up to here survive a power cut; those after it survive the death of the process only. */
    long durableIndex;

    /** How many times a process has started with this memory. */
    long starts;
    /** Number of the newest start. */
    long run;

    /** A copy as a backup takes it. */
    MemberDisk backup() {
        MemberDisk copy = new MemberDisk(log.copy());
        copy.restore(this);
        return copy;
    }

    /** Puts a copy back. */
    void restore(MemberDisk copy) {
        memory = copy.memory;
        commitHint = copy.commitHint;
        durableIndex = copy.durableIndex;
        starts = copy.starts;
        run = copy.run;
        log.replace(copy.log);
    }

    /** What a member announces of it when it connects. */
    MemberStart start() {
        Raft.Memory now = java.util.Objects.requireNonNull(memory);
        return new MemberStart(now.incarnation(), starts, run, startTerm, startLastIndex);
    }

    long startTerm;
    long startLastIndex;

    private MemberDisk(MemberLogImage log) {
        this.log = log;
    }

    MemberDisk(Members initial) {
        this.log = new MemberLogImage(new MemberLogImage.BaseState(0, 0, initial, 0));
    }

    /** The incarnation that lives here; 0 if none ever did. */
    long incarnation() {
        return memory == null ? 0 : memory.incarnation();
    }
}
