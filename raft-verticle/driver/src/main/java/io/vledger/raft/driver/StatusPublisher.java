package io.vledger.raft.driver;

import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.raft.Raft;
import java.util.List;
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
    private final Hindrances hindrances;
    private final DiskWatch disk;
    private final List<String> members;
    private @Nullable Links links;
    /** What was published last. */
    private final Shown published;
    /** Whether it has changed since. */
    private boolean behind;

    /** What of the status may not stay unpublished for long. Looked at in each turn, so it allocates nothing. */
    private final class Shown {
        private long commit = -1;
        private long applied = -1;
        private long last = -1;
        private long first = -1;
        private boolean writable;
        private boolean waits;
        private boolean reported;
        /** What each member has, complemented while it is not connected; in the order of the settings. */
        private final long[] reached;

        Shown(int members) {
            reached = new long[members];
        }

        boolean holds() {
            return !reported
                    && commit == core.raft().commitIndex()
                    && applied == applier.applied()
                    && last == core.raft().lastIndex()
                    && first == core.store().log().base().index()
                    && writable == writable()
                    && waits == hindrances.waits()
                    && reachedAsBefore();
        }

        void renew() {
            commit = core.raft().commitIndex();
            applied = applier.applied();
            last = core.raft().lastIndex();
            first = core.store().log().base().index();
            writable = writable();
            waits = hindrances.waits();
            reported = false;
            for (int i = 0; i < reached.length; i++) {
                reached[i] = reached(i);
            }
        }

        private boolean reachedAsBefore() {
            for (int i = 0; i < reached.length; i++) {
                if (reached[i] != reached(i)) {
                    return false;
                }
            }
            return true;
        }

        private long reached(int index) {
            String member = members.get(index);
            Links peers = links;
            boolean connected = member.equals(core.settings().node()) || (peers != null && peers.connected(member));
            long match = core.raft().matchIndex(member);
            return connected ? match : ~match;
        }

        private boolean writable() {
            return !disk.full() && !core.raft().transferring();
        }
    }

    StatusPublisher(
            MemberCore core,
            StatusBoard board,
            Applier applier,
            DurableState durable,
            ReplicationProgress progress,
            WaitingNotice waiting,
            Hindrances hindrances,
            DiskWatch disk) {
        this.core = core;
        this.board = board;
        this.applier = applier;
        this.durable = durable;
        this.progress = progress;
        this.waiting = waiting;
        this.hindrances = hindrances;
        this.disk = disk;
        this.members = core.settings().raft().members();
        this.published = new Shown(members.size());
    }

    void attach(Links newLinks) {
        links = newLinks;
    }

    /** Another member has reported what it had not reported before. */
    void reported() {
        published.reported = true;
    }

    /** From now on the status gives the reason of the failure. */
    void failed(String why) {
        board.failed(why);
    }

    /** Publishes, if role, term or leader changed or the last time was long enough ago, which is longer while nothing changes. */
    void publish(GroupRole role, long term) {
        Raft raft = core.raft();
        long now = core.shell().nowMs();
        boolean holds = published.holds();
        if (!board.due(now, role, term, raft.leader(), holds)) {
            behind = !holds;
            return;
        }
        behind = false;
        published.renew();
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
                        role != GroupRole.FAILED && published.writable,
                        reason(),
                        hindrances.conflict(raft, now),
                        hindrances.problems()));
    }

    /** When to publish at the latest, by the shell's clock; {@link Long#MAX_VALUE} if nothing has changed since the last time. */
    long dueMs() {
        return behind ? board.publishedMs() + LATEST_MS : Long.MAX_VALUE;
    }

    private String reason() {
        if (disk.full()) {
            return disk.reason();
        }
        if (core.raft().transferring()) {
            return "leadership is being handed over";
        }
        return hindrances.reason().isEmpty() ? progress.replay() : hindrances.reason();
    }
}
