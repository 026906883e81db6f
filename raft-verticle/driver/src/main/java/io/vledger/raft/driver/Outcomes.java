package io.vledger.raft.driver;

import io.vledger.api.group.Completion;
import io.vledger.api.group.Refusal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells those who proposed or asked what became of it. */
final class Outcomes {
    private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);

    private Outcomes() {}

    /** Whoever cannot bear an outcome is no reason for the member to stop: what was decided stays decided. */
    static void tell(Completion completion, @Nullable Refusal refusal) {
        try {
            completion.done(refusal);
        } catch (RuntimeException e) {
            LOG.error("whoever was to be told {} failed", refusal == null ? "of success" : refusal, e);
        }
    }
}
