package io.vledger.raft.driver;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.raft.Role;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands leadership over on request and reports when it has ended here. Loop only, but for {@link #begin}. */
final class LeadershipTransfers {
    private static final Logger LOG = LoggerFactory.getLogger(LeadershipTransfers.class);
    private static final int PATIENCE_IN_ELECTION_TIMEOUTS = 3;

    private final MemberCore core;
    private final List<Promise<Void>> waiting = new ArrayList<>();

    LeadershipTransfers(MemberCore core) {
        this.core = core;
    }

    /** Begins a transfer, see {@link io.vledger.api.group.Group#transferLeadership}. Any thread. */
    Future<Void> begin(@Nullable String node) {
        Promise<Void> promise = Promise.promise();
        core.shell().execute(() -> begin(node, promise));
        return promise.future();
    }

    private void begin(@Nullable String node, Promise<Void> promise) {
        if (core.raft().role() != Role.LEADER) {
            promise.complete();
            return;
        }
        List<String> members = core.settings().raft().members();
        if (node != null && !members.contains(node)) {
            promise.fail(node + " is not a member; the members are " + members);
            return;
        }
        String target = core.raft().transfer(node, false, core.clock().nowMs());
        if (target == null) {
            promise.fail(node == null ? "no member is fit to take over" : node + " is not fit to take over");
            return;
        }
        LOG.info("{}: handing leadership over to {}", core.group(), target);
        waiting.add(promise);
        core.shell()
                .schedule(
                        (long) PATIENCE_IN_ELECTION_TIMEOUTS
                                * core.settings().raft().electionTimeoutMs(),
                        () -> promise.tryFail(target + " did not take over"));
        core.shell().requestTurn();
    }

    /** This member does not lead any more. */
    void leadershipEnded() {
        waiting.forEach(Promise::tryComplete);
        waiting.clear();
    }

    /** This member takes part no longer. */
    void fail(String why) {
        waiting.forEach(transfer -> transfer.tryFail(why));
        waiting.clear();
    }
}
