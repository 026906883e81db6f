package io.vledger.raft.driver;

import io.vledger.api.group.Completion;
import io.vledger.api.group.Refusal;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Effects;
import io.vledger.raft.Message;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what the core decided. Loop only. */
final class EffectRunner {
    private static final Logger LOG = LoggerFactory.getLogger(EffectRunner.class);

    private final MemberCore core;
    private final Links links;
    private final Feeder feeder;
    private final DurableState durable;
    private final Applier applier;
    private final TermStart termStart;
    private final LogPrefix prefix;
    private final PeerRefusals refusals;
    private final Consumer<Effects.Outgoing> send = this::send;

    EffectRunner(
            MemberCore core,
            Links links,
            Feeder feeder,
            DurableState durable,
            Applier applier,
            TermStart termStart,
            LogPrefix prefix,
            PeerRefusals refusals) {
        this.core = core;
        this.links = links;
        this.feeder = feeder;
        this.durable = durable;
        this.applier = applier;
        this.termStart = termStart;
        this.prefix = prefix;
        this.refusals = refusals;
    }

    /** Carries out all effects there are, in the order that {@link Effects} asks for. */
    void run() throws StoreException {
        Effects effects = core.raft().takeEffects();
        durable.save(effects, send);
        effects.sendNow().forEach(send);
        effects.installs().forEach(feeder::install);
        effects.readsReady().forEach(read -> applier.whenApplied(core.raft().commitIndex(), (Completion) read));
        failReads(effects);
        Message.InstallRequest install = effects.install();
        if (install != null) {
            prefix.install(install);
        }
        effects.outdated()
                .forEach(member -> LOG.warn(
                        "{}: {} remembers less than it did: a backup or a snapshot was put back there, or a second process has its"
                                + " id. It does not count until it has caught up",
                        core.group(),
                        member));
        effects.refused().forEach(this::refuse);
        termStart.follow(effects.proposeMembers());
        if (effects.startOverFrom() > core.raft().incarnation()) {
            startOver(effects.startOverFrom());
        }
    }

    /** Carries out what a halted core leaves: the last messages, and answers to reads. */
    void runLast() {
        Effects last = core.raft().takeEffects();
        last.sendNow().forEach(send);
        failReads(last);
    }

    private static void failReads(Effects effects) {
        effects.readsFailed().forEach(read -> Completions.complete((Completion) read, Refusal.NOT_LEADER));
    }

    private void send(Effects.Outgoing out) {
        links.send(out.to(), out.message());
    }

    /** A message is refused; the connection it came over may have to be closed. */
    void refuse(Effects.Refused refused) {
        if (refusals.note(refused, core.shell().nowMs())) {
            links.close(refused.from());
        }
    }

    /** Other members have seen a newer state of this member than it has. */
    private void startOver(long leastIncarnation) throws StoreException {
        LOG.error(
                "{}: the others have seen more of this node's memory than its directory holds: a backup or a snapshot was"
                        + " put back. It neither votes nor counts until it has caught up from a leader",
                core.group());
        long incarnation = Math.max(leastIncarnation, core.shell().newIncarnation());
        core.raft().startOver(incarnation, core.clock().nowMs());
        durable.startOver(incarnation);
        links.reconnectAll();
        run();
    }
}
