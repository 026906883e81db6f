package io.vledger.raft.driver;

import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.raft.Raft;
import org.jspecify.annotations.Nullable;

/** Brings what the parts of a replica know onto its {@link StatusBoard}. Loop only. */
final class StatusPublisher {
    private static final int LATEST_MS = 50;

    private final MemberCore core;
    private final StatusBoard board;
    private final Applier applier;
    private final DurableState durable;
    private final ReplicationProgress progress;
    private final WaitingNotice waiting;
    private final PeerRefusals refusals;
    private final DiskWatch disk;
    private @Nullable Links links;
    /** What was published last. */
    private Shown published = Shown.NOTHING;
    /** Whether it has changed since. */
    private boolean behind;

    /** What of the status may not stay unpublished for long. */
    private record Shown(long commit, long applied, long last, long first, boolean writable) {
        static final Shown NOTHING = new Shown(-1, -1, -1, -1, false);
    }

    StatusPublisher(
            MemberCore core,
            StatusBoard board,
            Applier applier,
            DurableState durable,
            ReplicationProgress progress,
            WaitingNotice waiting,
            PeerRefusals refusals,
            DiskWatch disk) {
        this.core = core;
        this.board = board;
        this.applier = applier;
        this.durable = durable;
        this.progress = progress;
        this.waiting = waiting;
        this.refusals = refusals;
        this.disk = disk;
    }

    void attach(Links newLinks) {
        links = newLinks;
    }

    /** From now on the status gives the reason of the failure. */
    void failed(String why) {
        board.failed(why);
    }

    /** Publishes, if role, term or leader changed or the last time was long enough ago. */
    void publish(GroupRole role, long term) {
        Raft raft = core.raft();
        long now = core.shell().nowMs();
        Shown shown = new Shown(
                raft.commitIndex(),
                applier.applied(),
                raft.lastIndex(),
                core.store().log().base().index(),
                role != GroupRole.FAILED && !disk.full() && !raft.transferring());
        if (!board.due(now, role, term, raft.leader())) {
            behind = !shown.equals(published);
            return;
        }
        behind = false;
        published = shown;
        core.meter().behind(durable.bytesBehind(applier.writtenIndex()), durable.bytesBehind(applier.applied()));
        Links peers = links;
        if (peers != null) {
            progress.observe(now, peers);
        }
        board.publish(
                raft,
                applier,
                core.store().log(),
                peers,
                new StatusBoard.View(
                        durable::bytesBehind,
                        member -> progress.inSync(member, now, durable::bytesBehind),
                        peers == null ? GroupStatus.CatchUp.UNKNOWN : progress.catchUp(now, peers),
                        progress.firstStart(),
                        waiting.waitedMs(now),
                        shown.writable(),
                        reason(),
                        refusals.reason(raft, now)));
    }

    /** When to publish at the latest, by the shell's clock; {@link Long#MAX_VALUE} if nothing has changed since the last time. */
    long dueMs() {
        return behind ? board.publishedMs() + LATEST_MS : Long.MAX_VALUE;
    }

    private String reason() {
        if (disk.full()) {
            return disk.reason();
        }
        return core.raft().transferring() ? "leadership is being handed over" : progress.replay();
    }
}
