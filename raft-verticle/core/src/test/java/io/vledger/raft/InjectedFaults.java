package io.vledger.raft;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** What goes wrong in a {@link ClusterSimulation}: members crash, pause, lose their memory and get old copies; links are blocked. */
final class InjectedFaults {
    private final ClusterSimulation simulation;
    private final Random random;
    private final Map<String, MemberDisk> backups = new LinkedHashMap<>();

    InjectedFaults(ClusterSimulation simulation, Random random) {
        this.simulation = simulation;
        this.random = random;
    }

    /** Injects one fault, and the next one some time later, until the simulation is healed. */
    void inject() {
        if (simulation.healed()) {
            return;
        }
        if (simulation.stormy && simulation.formed()) {
            simulation.at(1 + random.nextInt(60), this::inject);
            if (random.nextInt(3) > 0) {
                storm();
                return;
            }
        } else {
            simulation.at(10 + random.nextInt(150), this::inject);
        }
        befall(simulation.any());
    }

    private void befall(TestMember member) {
        switch (random.nextInt(15)) {
            case 0, 1 -> {
                if (member.running() && (!simulation.async || memoryToSpare(member))) {
                    simulation.crash(member, true);
                    simulation.restartLater(member, 400);
                }
            }
            case 2 -> {
                if (member.running()) {
                    simulation.crash(member, false);
                    simulation.restartLater(member, 400);
                }
            }
            case 3 -> {
                if (memoryToSpare(member)) {
                    loseMemory(member);
                }
            }
            case 4 -> simulation.pausedUntil.put(member.id, simulation.nowMs() + random.nextInt(400));
            case 5, 6 -> block();
            case 7 -> simulation.blocked.clear();
            case 8 -> {
                if (member.ready()) {
                    simulation.trace("%s hands over", member);
                    member.transfer(random.nextBoolean() ? null : simulation.any().id, simulation.clock(member));
                }
            }
            case 9 -> {
                if (member.running() && !simulation.paused(member)) {
                    member.dropPrefix(member.applied() - random.nextInt(10));
                }
            }
            case 11 -> {
                if (member.disk.memory != null && simulation.knownVoter(member)) {
                    backups.put(member.id, member.disk.backup());
                }
            }
            case 12 -> {
                if (memoryToSpare(member)) {
                    restore(member);
                }
            }
            case 13 -> hostileFrame(member);
            case 10 ->
                simulation.clockSkewMs.put(
                        member.id, simulation.clockSkewMs.getOrDefault(member.id, 0) + random.nextInt(200));
            default -> crashSeveral();
        }
    }

    /** Somebody sends in a member's name what no member would. */
    private void hostileFrame(TestMember member) {
        TestMember claimed = simulation.any();
        if (!member.running() || claimed == member || !claimed.running()) {
            return;
        }
        Message frame = HostileFrames.harmful(random, member.raft().term());
        long life = simulation.lifeOf(member);
        long incarnation = claimed.raft().incarnation();
        simulation.trace("hostile: %s > %s %s", claimed, member, frame);
        simulation.at(
                1,
                () -> simulation.on(
                        member, life, () -> member.receive(claimed.id, incarnation, frame, simulation.clock(member))));
    }

    /** A member that has just won or voted goes down for a moment. */
    private void storm() {
        for (TestMember member : simulation.members.values()) {
            boolean marked = member.running()
                    && (member.raft().role() == Role.LEADER
                            || member.raft().role() == Role.CANDIDATE
                            || random.nextInt(4) == 0);
            if (marked && random.nextInt(3) == 0) {
                simulation.crash(member, false);
                simulation.restartLater(member, random.nextInt(5) == 0 ? 200 : 15);
            }
        }
        simulation.blocked.clear();
        if (random.nextInt(3) == 0) {
            block();
        }
    }

    private void loseMemory(TestMember member) {
        if (member.running()) {
            simulation.crash(member, false);
        }
        if (member.disk.memory != null && simulation.knownVoter(member) && random.nextInt(2) == 0) {
            damage(member);
        } else {
            wipe(member);
        }
        simulation.restartLater(member, 400);
    }

    private void crashSeveral() {
        for (TestMember member : simulation.members.values()) {
            if (member.running() && random.nextBoolean()) {
                simulation.crash(member, !simulation.async);
                simulation.restartLater(member, 300);
            }
        }
    }

    private void block() {
        String from = simulation.any().id;
        String to = simulation.any().id;
        simulation.trace("simulation.blocked: %s > %s", from, to);
        simulation.blocked.add(from + ">" + to);
        if (random.nextBoolean()) {
            simulation.blocked.add(to + ">" + from);
        }
        if (random.nextInt(3) == 0) {
            for (String other : simulation.ids) {
                simulation.blocked.add(from + ">" + other);
                if (random.nextBoolean()) {
                    simulation.blocked.add(other + ">" + from);
                }
            }
        }
    }

    /** Whether one more memory may go: the group must be able to afford it. */
    private boolean memoryToSpare(TestMember loser) {
        long unsure = simulation.members.values().stream()
                .filter(member -> member == loser || !simulation.knownVoter(member))
                .count();
        return unsure <= (simulation.members.size() - 1) / 2;
    }

    /** An older copy of the disk is put back. */
    private void restore(TestMember member) {
        MemberDisk backup = backups.get(member.id);
        if (backup == null) {
            return;
        }
        if (member.running()) {
            simulation.crash(member, false);
        }
        simulation.trace("%s has a copy of its disk put back", member);
        member.disk.restore(backup);
        if (simulation.sabotage != Sabotage.TRUST_RESTORED_COPY) {
            // The mark of its start does not stand there.
            simulation.forget(member, Standing.RECOVERING);
        }
        simulation.restartLater(member, 400);
    }

    private void wipe(TestMember member) {
        simulation.trace("%s is wiped", member);
        member.disk.memory = null;
        member.disk.commitHint = 0;
        member.disk.durableIndex = 0;
        member.disk.log.reset(new MemberLogImage.BaseState(0, 0, Members.initial(simulation.ids), 0));
        if (simulation.sabotage == Sabotage.KEEP_INCARNATION) {
            member.disk.memory = new Raft.Memory(0, "", 1, Standing.VOTER);
        }
    }

    /** The end of the log is gone, and the member knows. */
    private void damage(TestMember member) {
        simulation.trace("%s is damaged", member);
        long base = member.disk.log.base().index();
        long last = member.disk.log.lastIndex();
        long kept = base + random.nextInt((int) (last - base + 1));
        member.disk.log.truncate(kept + 1);
        member.disk.durableIndex = Math.min(kept, member.disk.durableIndex);
        simulation.forget(member, Standing.DAMAGED);
    }
}
