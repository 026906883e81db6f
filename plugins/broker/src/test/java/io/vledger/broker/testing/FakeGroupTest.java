package io.vledger.broker.testing;

import io.vledger.api.group.Group;
import io.vledger.api.group.StateMachine;
import io.vledger.testkit.GroupContract;
import io.vledger.testkit.fake.FakeGroup;

/** The group of the broker's tests is a group as the contract has it; here, because it needs a store. */
class FakeGroupTest extends GroupContract {
    @Override
    protected Member open(StateMachine stateMachine) {
        FakeGroup group = new FakeGroup(TestBroker.openStore());
        group.machine(stateMachine);
        return new Member() {
            @Override
            public Group group() {
                return group;
            }

            @Override
            public void lead() {
                group.lead();
            }

            @Override
            public void settle() {
                group.settle();
            }

            @Override
            public void advance(long ms) {
                group.advance(ms);
            }

            @Override
            public void holdCommits(boolean hold) {
                if (hold) {
                    group.hold();
                } else {
                    group.commitHeld();
                }
            }

            @Override
            public void fail() {
                group.fail("the store failed");
            }

            @Override
            public int maxEntryBytes() {
                return FakeGroup.MAX_ENTRY_BYTES;
            }
        };
    }
}
