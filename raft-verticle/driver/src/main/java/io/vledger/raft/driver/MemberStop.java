package io.vledger.raft.driver;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.group.GroupRole;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a member: at once when it fails, in order when it is asked to stop. Loop only, but for {@link #stop}.
 */
final class MemberStop {
    private static final Logger LOG = LoggerFactory.getLogger(MemberStop.class);

    private final MemberCore core;
    private final MemberRole role;
    private final EffectRunner effects;
    private final Proposals proposals;
    private final Applier applier;
    private final LeadershipTransfers transfers;
    private final Checkpoints checkpoints;
    private final DurableState durable;
    private final Promise<Void> closed = Promise.promise();
    private boolean stopping;

    MemberStop(
            MemberCore core,
            MemberRole role,
            EffectRunner effects,
            Proposals proposals,
            Applier applier,
            LeadershipTransfers transfers,
            Checkpoints checkpoints,
            DurableState durable) {
        this.core = core;
        this.role = role;
        this.effects = effects;
        this.proposals = proposals;
        this.applier = applier;
        this.transfers = transfers;
        this.checkpoints = checkpoints;
        this.durable = durable;
    }

    /** The member neither votes nor acknowledges any more, and its status gives the reason. */
    void fail(Throwable cause) {
        core.raft().halt();
        String why = reasonOf(cause);
        LOG.error(
                "{}: this member stops: {}. It does not vote or acknowledge until the node is restarted",
                core.group(),
                why,
                cause instanceof EntryNotAppliedException entry && entry.contradiction() ? null : cause);
        effects.runLast();
        completeWaiting("the member failed");
        role.fail(why);
        durable.release();
    }

    private static String reasonOf(Throwable cause) {
        return cause instanceof OutOfMemoryError
                ? "out of memory (" + cause.getMessage()
                        + "); raise -Xmx or -XX:MaxDirectMemorySize, and restart the process"
                : String.valueOf(cause.getMessage());
    }

    /**
     * Hands leadership over, takes a last checkpoint and closes lane and store. Any thread, any number of times.
     *
     * @return completes when the store is closed
     */
    Future<Void> stop(Lane lane) {
        transfers.begin(null).onComplete(handedOver -> core.shell().execute(() -> stopNow(lane)));
        return closed.future();
    }

    private void stopNow(Lane lane) {
        if (stopping) {
            return;
        }
        stopping = true;
        boolean failed = role.current() == GroupRole.FAILED;
        core.raft().halt();
        completeWaiting("the member stopped");
        role.stop();
        if (!failed) {
            if (!checkpoints.running() && applier.applied() > 0 && applier.whole()) {
                checkpoints.take(
                        applier.appliedUpTo(applier.endPosition()),
                        false,
                        applier.members(),
                        core.shell().nowMs(),
                        () -> {});
            }
            durable.saveLast();
        }
        close(lane);
    }

    private void completeWaiting(String why) {
        proposals.fail();
        applier.failReads();
        transfers.fail(why);
    }

    private void close(Lane lane) {
        core.shell()
                .<Boolean>read(
                        () -> {
                            lane.close();
                            core.store().close();
                            return true;
                        },
                        (done, failure) -> {
                            durable.release();
                            if (done == null) {
                                closed.fail(failure);
                            } else {
                                closed.complete();
                            }
                        });
    }
}
