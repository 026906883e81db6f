package io.vledger.raft.driver;

import io.vledger.api.store.StoreException;
import io.vledger.raft.Raft;

/**
 * One turn of a member: carries out effects, seals the open batch, feeds followers, applies what is committed, and takes
 * checkpoints. Loop only.
 */
final class MemberTurn {
    private final MemberCore core;
    private final EffectRunner effects;
    private final Proposals proposals;
    private final Feeder feeder;
    private final Applier applier;
    private final BatchCache cache;
    private final DurableState durable;
    private final Checkpoints checkpoints;

    MemberTurn(
            MemberCore core,
            EffectRunner effects,
            Proposals proposals,
            Feeder feeder,
            Applier applier,
            BatchCache cache,
            DurableState durable,
            Checkpoints checkpoints) {
        this.core = core;
        this.effects = effects;
        this.proposals = proposals;
        this.feeder = feeder;
        this.applier = applier;
        this.cache = cache;
        this.durable = durable;
        this.checkpoints = checkpoints;
    }

    void run() throws StoreException {
        Raft raft = core.raft();
        effects.run();
        core.meter().commits().committed(raft.commitIndex());
        proposals.seal();
        feeder.feedAll();
        apply();
        if (raft.transferring() && proposals.isEmpty() && applier.applied() == raft.commitIndex()) {
            raft.onDrained(core.clock().nowMs());
            effects.run();
        }
        durable.awaitWrites(!proposals.isEmpty());
    }

    private void apply() throws StoreException {
        Applier.Pause pause = applier.applyUpTo(core.raft().commitIndex());
        proposals.applied(applier.applied());
        cache.evict(Math.min(applier.applied(), applier.writtenIndex()) + 1);
        if (pause == Applier.Pause.SEGMENT_END) {
            // While one is being written the boundary waits; its end asks for a turn.
            if (!checkpoints.running()) {
                checkpoint(applier.nextSegment(), true);
                applier.passSegmentEnd();
                core.shell().requestTurn();
            }
        } else if (pause == Applier.Pause.BUDGET) {
            core.shell().requestTurn();
        } else if (applier.whole()
                && checkpoints.due(
                        applier.applied(), applier.endPosition(), core.shell().nowMs())) {
            checkpoint(applier.endPosition(), false);
        }
    }

    private void checkpoint(long position, boolean boundary) {
        core.meter().checkpointTaken();
        checkpoints.take(
                applier.appliedUpTo(position),
                boundary,
                applier.members(),
                core.shell().nowMs(),
                core.shell()::requestTurn);
    }
}
