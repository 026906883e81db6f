package io.vledger.raft.driver;

import io.vledger.api.group.Completion;
import io.vledger.api.group.Refusal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls the completions of proposals and reads. */
final class Completions {
    private static final Logger LOG = LoggerFactory.getLogger(Completions.class);

    private Completions() {}

    /** Reports an outcome. A callback that throws does not stop the member: what was decided stays decided. */
    static void complete(Completion completion, @Nullable Refusal refusal) {
        try {
            completion.done(refusal);
        } catch (RuntimeException e) {
            LOG.error("completion callback for outcome {} failed", refusal == null ? "COMMITTED" : refusal, e);
        }
    }
}
