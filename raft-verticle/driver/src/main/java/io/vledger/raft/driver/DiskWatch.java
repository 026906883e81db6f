package io.vledger.raft.driver;

import io.vledger.raft.Role;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the disk: refuses proposals while it has no room, and hands leadership over while it does not answer, so that not the
 * whole group waits for it. Loop only.
 */
final class DiskWatch {
    private static final Logger LOG = LoggerFactory.getLogger(DiskWatch.class);
    private static final int SPACE_CHECK_MS = 1_000;
    /** Where nothing was written since the last time, and there was room. */
    private static final int QUIET_SPACE_CHECK_MS = 5_000;

    private final MemberCore core;
    private final StatusBoard board;
    private final Runnable onChange;
    private boolean laneFull;
    private boolean spaceShort;
    private long spaceCheckedMs = Long.MIN_VALUE / 2;
    private long checkedIndex;
    private long stuckCheckMs;

    /** @param onChange called when proposals are refused from now on, or taken again */
    DiskWatch(MemberCore core, StatusBoard board, Runnable onChange) {
        this.core = core;
        this.board = board;
        this.onChange = onChange;
    }

    /** Time passed. */
    void tick(long nowMs, Lane lane) {
        long lastIndex = core.raft().lastIndex();
        boolean quiet = lastIndex == checkedIndex && !full();
        if (nowMs >= spaceCheckedMs + (quiet ? QUIET_SPACE_CHECK_MS : SPACE_CHECK_MS)) {
            spaceCheckedMs = nowMs;
            checkedIndex = lastIndex;
            checkSpace();
        }
        handOverIfStuck(nowMs, lane);
    }

    /** The lane reports that the disk is full, or has room again. */
    void laneFull(boolean full) {
        laneFull = full;
        LOG.warn("{}: {}", core.group(), full ? "the disk is full, writes are refused" : "the disk has room again");
        onChange.run();
    }

    /** Why proposals are refused for want of room; empty if they are not. */
    String reason() {
        if (laneFull) {
            return "the disk is full";
        }
        return spaceShort ? "the disk is fuller than " + core.settings().diskFullPercent() + " %" : "";
    }

    /** Whether proposals are refused for want of room. */
    boolean full() {
        return laneFull || spaceShort;
    }

    private void checkSpace() {
        core.shell().<Integer>read(() -> core.store().space().usedPercent(), (percent, failure) -> {
            if (percent != null) {
                board.disk(percent);
                boolean tooFull = percent > core.settings().diskFullPercent();
                if (tooFull != spaceShort) {
                    spaceShort = tooFull;
                    LOG.warn("{}: disk used {} %: writes are {}", core.group(), percent, tooFull ? "refused" : "taken");
                    onChange.run();
                }
            }
        });
    }

    private void handOverIfStuck(long nowMs, Lane lane) {
        int patience = Math.max(3_000, 4 * core.settings().raft().electionTimeoutMs());
        if (core.raft().role() == Role.LEADER && nowMs >= stuckCheckMs && lane.stuck(nowMs, patience)) {
            stuckCheckMs = nowMs + patience;
            LOG.warn("{}: the disk has not answered for {} ms, handing leadership over", core.group(), patience);
            core.raft().transfer(null, true, core.clock().nowMs());
        }
    }
}
