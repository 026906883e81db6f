package io.vledger.raft.driver;

import io.vledger.api.group.GroupRole;
import io.vledger.api.group.StateMachine;
import io.vledger.raft.Raft;
import io.vledger.raft.Standing;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The role of this member, as the state machine and others see it: the core's, and how far it is applied. Loop only. */
final class MemberRole {
    private static final Logger LOG = LoggerFactory.getLogger(MemberRole.class);

    private final MemberCore core;
    private final StateMachine machine;
    private final Applier applier;
    private final LeadershipTransfers transfers;
    private final StatusPublisher publisher;
    private GroupRole role = GroupRole.STARTING;
    private long term = -1;
    private @Nullable String leader;

    MemberRole(
            MemberCore core,
            StateMachine machine,
            Applier applier,
            LeadershipTransfers transfers,
            StatusPublisher publisher) {
        this.core = core;
        this.machine = machine;
        this.applier = applier;
        this.transfers = transfers;
        this.publisher = publisher;
    }

    GroupRole current() {
        return role;
    }

    /** Whether this member has neither stopped nor failed. */
    boolean running() {
        return role != GroupRole.FAILED && role != GroupRole.STOPPED;
    }

    boolean failed() {
        return role == GroupRole.FAILED;
    }

    /** Follows the core. */
    void update() {
        Raft raft = core.raft();
        GroupRole now = running() ? ofCore() : role;
        if (now != role || raft.term() != term || !Objects.equals(leader, raft.leader())) {
            change(now);
        }
    }

    private GroupRole ofCore() {
        Raft raft = core.raft();
        return switch (raft.role()) {
            case LEADER ->
                raft.leaderReady() && applier.applied() >= raft.termStartIndex()
                        ? GroupRole.LEADER
                        : GroupRole.LEADER_STARTING;
            case PRE_CANDIDATE, CANDIDATE -> GroupRole.CANDIDATE;
            case FOLLOWER -> raft.standing() == Standing.VOTER ? GroupRole.FOLLOWER : GroupRole.RECOVERING;
        };
    }

    /** The member failed, for good. */
    void fail(String why) {
        publisher.failed(why);
        change(GroupRole.FAILED);
    }

    /** The member stopped in order, for good. */
    void stop() {
        change(GroupRole.STOPPED);
    }

    private void change(GroupRole now) {
        Raft raft = core.raft();
        if (now != role || raft.term() != term) {
            LOG.info(
                    "{}: {} in term {}{}",
                    core.group(),
                    now,
                    raft.term(),
                    raft.leader() == null ? "" : ", leader " + raft.leader());
        } else if (raft.leader() != null) {
            LOG.info("{}: the leader of term {} is {}", core.group(), raft.term(), raft.leader());
        }
        role = now;
        term = raft.term();
        leader = raft.leader();
        core.meter().leader(leader);
        publish();
        machine.roleChanged(now, term);
        if (now != GroupRole.LEADER && now != GroupRole.LEADER_STARTING) {
            transfers.leadershipEnded();
        }
    }

    /** Publishes the status, if that is due. */
    void publish() {
        publisher.publish(role, term);
    }
}
