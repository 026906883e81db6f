package io.vledger.broker.group;

import io.vledger.api.group.Completion;

/** Takes consumer offsets that are to be committed. Loop only; on a member that does not lead nothing is taken. */
public interface OffsetCommits {
    /** Commits soon, together with others; nobody waits for it. Ignored unless this member leads. */
    void commit(String group, String topic, int queueId, long queueOffset);

    /** Commits and tells the outcome once it is applied here. */
    void commit(String group, String topic, int queueId, long queueOffset, Completion completion);
}
