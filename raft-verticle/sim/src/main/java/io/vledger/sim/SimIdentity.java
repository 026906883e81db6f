package io.vledger.sim;

import io.vledger.raft.driver.StartIdentity;

/** Marks of starts on simulated disks: a disk keeps its mark, a copy of it does not. */
final class SimIdentity implements StartIdentity {
    private final Cluster cluster;
    private final String disk;

    /** @param disk names the disk; no two have the same name, copies included */
    SimIdentity(Cluster cluster, String disk) {
        this.cluster = cluster;
        this.disk = disk;
    }

    @Override
    public long newIncarnation() {
        return cluster.nextIncarnation();
    }

    @Override
    public long newRun() {
        return cluster.nextNumber();
    }

    @Override
    public boolean isOriginal(String mark) {
        return mark.equals(disk);
    }

    @Override
    public String leaveMark(String before, long run) {
        return disk;
    }
}
