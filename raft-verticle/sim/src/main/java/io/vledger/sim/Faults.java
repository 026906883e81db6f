package io.vledger.sim;

import io.vledger.api.group.Completion;
import io.vledger.api.store.Durability;
import java.util.List;

/** What goes wrong, drawn from the seed. */
final class Faults {
    private final Cluster cluster;
    private final Chance chance;
    private final int restMs;
    private boolean over;

    Faults(Cluster cluster) {
        this.cluster = cluster;
        this.chance = cluster.chance();
        this.restMs = chance.pick(List.of(60, 200, 500));
    }

    void start() {
        cluster.time().in(10 + chance.below(restMs), () -> {
            if (!over) {
                strike(cluster.any());
                start();
            }
        });
    }

    /** No more faults; what is broken is repaired. */
    void end() {
        over = true;
        chance.calm();
        cluster.network().healAll();
        for (SimNode node : cluster.nodes()) {
            node.disk().capacity(Long.MAX_VALUE);
            node.disk().outOfSpace(null);
            node.wake();
            if (node.disk().isOff()) {
                node.crash(true);
            }
            node.start();
        }
    }

    private void strike(SimNode node) {
        if (chance.stormy() && chance.oneIn(2)) {
            // Leaders fall soon after they rise.
            cluster.nodes().stream().filter(SimNode::leads).toList().forEach(leader -> crash(leader, false));
            return;
        }
        switch (chance.below(22)) {
            case 0, 1 -> crash(node, false);
            case 2, 3 -> crash(node, true);
            case 4 -> powerOffSoon(node);
            case 5 -> severalCrash();
            case 6 -> node.pause(chance.below(1_200));
            case 7 -> node.jumpClock(chance.below(1_000));
            case 8, 9 -> cut(node);
            case 10 -> cluster.network().healAll();
            case 11 -> transfer(node);
            case 12 -> retention(node);
            case 13 -> fillDisk(node);
            case 14 -> failDisk(node);
            case 15 -> rot(node);
            case 16, 17 -> node.backUp();
            case 18 -> restore(node);
            case 19 -> hostile(node);
            case 20 -> exchange(node);
            default -> wipe(node);
        }
    }

    /** With asynchronous durability a power cut is a loss of memory, which a group survives on a minority only. */
    private boolean mayLosePower(SimNode node) {
        return cluster.durability() == Durability.SYNC || canSpare(node);
    }

    /** Whether the others are enough without this node's memory. */
    boolean canSpare(SimNode node) {
        long doubtful = cluster.nodes().stream()
                .filter(each -> each == node || !each.dependable())
                .count();
        return doubtful <= (cluster.nodes().size() - 1) / 2;
    }

    private void crash(SimNode node, boolean power) {
        if (node.running() && (!power || mayLosePower(node))) {
            node.crash(power);
            node.restartIn(1 + chance.below(1_000));
        }
    }

    /** The power goes in the middle of something that the lane does. */
    private void powerOffSoon(SimNode node) {
        if (node.running() && mayLosePower(node)) {
            node.powerOffAfter(chance.below(12));
            int life = node.life();
            cluster.time().in(600, () -> {
                if (node.life() == life && node.disk().isOff()) {
                    node.crash(true);
                    node.restartIn(1 + chance.below(600));
                }
            });
        }
    }

    private void severalCrash() {
        boolean power = chance.oneIn(2) && cluster.durability() == Durability.SYNC;
        for (SimNode node : cluster.nodes()) {
            if (chance.oneIn(2)) {
                crash(node, power);
            }
        }
    }

    private void cut(SimNode node) {
        boolean everybody = chance.oneIn(2);
        boolean bothWays = chance.oneIn(2);
        boolean outgoing = chance.oneIn(2);
        for (SimNode other : cluster.nodes()) {
            if (other != node && (everybody || chance.oneIn(2))) {
                if (bothWays || outgoing) {
                    cluster.network().cut(node.id(), other.id());
                }
                if (bothWays || !outgoing) {
                    cluster.network().cut(other.id(), node.id());
                }
            }
        }
    }

    private void transfer(SimNode node) {
        if (node.leads()) {
            node.replica()
                    .transferLeadership(chance.oneIn(2) ? null : cluster.any().id());
        }
    }

    private void retention(SimNode node) {
        // Clients of a broker ask for everything in the end.
        if (node.leads() && !cluster.keepsAll()) {
            long index = node.store().log().base().index()
                    + chance.below((int) Math.max(
                            1,
                            node.store().log().lastIndex()
                                    - node.store().log().base().index()));
            node.replica().proposeDropPrefix(index, Completion.NONE);
        }
    }

    private void fillDisk(SimNode node) {
        if (chance.oneIn(2)) {
            // Not even what is there can be overwritten: that is a full disk too, and no reason to fail.
            cluster.trace("%s: the disk has no room for anything", node);
            node.disk().outOfSpace(chance.random());
            cluster.time().in(500 + chance.below(2_000), () -> node.disk().outOfSpace(null));
            return;
        }
        node.disk().capacity(node.disk().usedBytes() + chance.below(20_000));
        node.expectFailure();
        cluster.trace("%s: the disk is nearly full", node);
        cluster.time().in(500 + chance.below(2_000), () -> node.disk().capacity(Long.MAX_VALUE));
    }

    private void failDisk(SimNode node) {
        if (node.running()) {
            node.expectFailure();
            if (chance.oneIn(2)) {
                node.disk().failNextSync(name -> true);
            } else {
                node.disk().failNextWrite(name -> true);
            }
        }
    }

    private void rot(SimNode node) {
        if (chance.oneIn(2) && canSpare(node)) {
            if (node.running() && chance.oneIn(2)) {
                node.rotApplied();
            } else {
                node.rot();
            }
        }
    }

    private void restore(SimNode node) {
        if (canSpare(node) && node.restore()) {
            node.restartIn(1 + chance.below(500));
        }
    }

    private void hostile(SimNode node) {
        SimNode claimed = cluster.any();
        if (claimed != node && node.running() && !node.paused() && claimed.running()) {
            if (!chance.stormy() && chance.oneIn(3)) {
                cluster.network().claim(claimed, node);
            } else {
                cluster.network().hostile(claimed, node);
            }
        }
    }

    /** Two directories are exchanged: neither node starts on the other's. */
    private void exchange(SimNode node) {
        SimNode other = cluster.any();
        if (other != node && other.admitted() && cluster.storageOf(other.id()) == null) {
            cluster.promises().check(node.refuses(other), node + " starts on the disk of " + other);
        }
    }

    private void wipe(SimNode node) {
        if (canSpare(node)) {
            node.wipe();
            node.restartIn(1 + chance.below(500));
        }
    }
}
