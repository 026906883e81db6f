package io.vledger.broker.access;

import io.vledger.access.policy.Policies;
import io.vledger.access.policy.PolicyType;
import io.vledger.access.policy.Resource;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.broker.group.EntryProposer;
import org.jspecify.annotations.Nullable;

/** Proposes changes of users and of what they may do. Loop only. */
final class AccessProposals {
    private final EntryProposer proposer;

    AccessProposals(Group group) {
        proposer = new EntryProposer(group);
    }

    void create(User user, Policies first, Completion done) {
        proposer.propose(AccessState.CREATE_USER, payload -> AccessState.writeCreate(payload, user, first), done);
    }

    /** What an earlier broker had of users is here. */
    void taken(Completion done) {
        proposer.propose(AccessState.OLD_USERS_TAKEN, AccessState::writeTaken, done);
    }

    void update(String name, UserChange change, Completion done) {
        proposer.propose(AccessState.UPDATE_USER, payload -> AccessState.writeUpdate(payload, name, change), done);
    }

    void delete(String name, Completion done) {
        proposer.propose(AccessState.DELETE_USER, payload -> AccessState.writeDelete(payload, name), done);
    }

    void put(String user, Policies more, Completion done) {
        proposer.propose(AccessState.PUT_POLICIES, payload -> AccessState.writePut(payload, user, more), done);
    }

    void delete(String user, PolicyType type, @Nullable Resource resource, Completion done) {
        proposer.propose(
                AccessState.DELETE_POLICIES,
                payload -> AccessState.writeDeletePolicies(payload, user, type, resource),
                done);
    }
}
