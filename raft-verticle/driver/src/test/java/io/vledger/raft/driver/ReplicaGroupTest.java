package io.vledger.raft.driver;

import io.vledger.api.group.Group;
import io.vledger.api.group.StateMachine;
import io.vledger.api.store.StoreException;
import io.vledger.testkit.GroupContract;
import io.vledger.testkit.SimDisk;

/** The replica is a group as the contract has it. */
class ReplicaGroupTest extends GroupContract {
    @Override
    protected Member open(StateMachine stateMachine) throws StoreException {
        LoneMember member = new LoneMember(new SimDisk(), LoneMember.settings(), stateMachine);
        return new Member() {
            @Override
            public Group group() {
                return member.replica;
            }

            @Override
            public void lead() {
                member.lead();
            }

            @Override
            public void settle() {
                member.settle();
            }

            @Override
            public void advance(long ms) {
                member.pass(ms);
            }

            @Override
            public void holdCommits(boolean hold) {
                member.lane.held = hold;
            }

            @Override
            public void fail() {
                member.replica.fail(new IllegalStateException("the store failed"));
            }

            @Override
            public int maxEntryBytes() {
                return LoneMember.settings().maxEntryBytes();
            }
        };
    }
}
