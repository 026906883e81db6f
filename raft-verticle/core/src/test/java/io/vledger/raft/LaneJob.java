package io.vledger.raft;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a turn hands to the disk as one unit.
 *
 * @param memory hard state to save first, or null
 * @param truncateFrom entries from here on go next; 0 for none
 * @param entries appended then, or null
 * @param generation of the log when this was handed over
 * @param base replaces the log, or null
 * @param afterSave messages that wait for all of this
 */
record LaneJob(
        Raft.@Nullable Memory memory,
        long commitHint,
        long truncateFrom,
        @Nullable Run entries,
        long generation,
        MemberLogImage.@Nullable BaseState base,
        List<Effects.Outgoing> afterSave) {}
