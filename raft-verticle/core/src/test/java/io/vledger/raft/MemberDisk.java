package io.vledger.raft;

import org.jspecify.annotations.Nullable;

/** What a test member has on its disk. */
final class MemberDisk {
    Raft.@Nullable Memory memory;
    long commitHint;
    final MemberLogImage log;

    /** Entries up to here survive a power cut; those after it survive the death of the process only. */
    long durableIndex;

    MemberDisk(Members initial) {
        this.log = new MemberLogImage(new MemberLogImage.Base(0, 0, initial, 0));
    }

    /** The incarnation that lives here; 0 if none ever did. */
    long incarnation() {
        return memory == null ? 0 : memory.incarnation();
    }
}
