package io.vledger.raft.driver;

import io.vledger.api.store.LogStore.DamagedRun;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Role;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a repair of the log does to the member around it. Loop only. */
final class RepairedMember implements DamageRepair.Host {
    private static final Logger LOG = LoggerFactory.getLogger(RepairedMember.class);

    private final MemberCore core;
    private final Applier applier;
    private final Consumer<Throwable> fail;

    /** @param fail stops the member */
    RepairedMember(MemberCore core, Applier applier, Consumer<Throwable> fail) {
        this.core = core;
        this.applier = applier;
        this.fail = fail;
    }

    @Override
    public boolean running() {
        return core.guard().running();
    }

    @Override
    public long term() {
        return core.raft().term();
    }

    @Override
    public long commitIndex() {
        return core.raft().commitIndex();
    }

    @Override
    public void repaired() {
        core.shell().requestTurn();
    }

    @Override
    public void notRepairable(DamagedRun run) {
        if (run.firstIndex() > applier.applied()) {
            fail.accept(new StoreException.Damaged(run.what()));
        } else if (core.raft().role() == Role.LEADER
                && core.raft().transfer(null, true, core.clock().nowMs()) != null) {
            LOG.warn("{}: handing leadership over to a member whose log may be whole", core.group());
            core.shell().requestTurn();
        }
    }
}
