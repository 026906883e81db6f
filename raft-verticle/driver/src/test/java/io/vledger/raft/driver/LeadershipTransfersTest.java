package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vledger.testkit.SimDisk;
import org.junit.jupiter.api.Test;

class LeadershipTransfersTest {
    private final LoneMember member;

    LeadershipTransfersTest() throws Exception {
        member = new LoneMember(new SimDisk());
    }

    @Test
    void aMemberThatDoesNotLeadHasNothingToHandOver() {
        Future<Void> transfer = member.replica.transferLeadership(null);
        member.settle();
        assertThat(transfer.succeeded()).isTrue();
    }

    @Test
    void aLeaderWithoutASuccessorSaysSo() {
        member.lead();
        Future<Void> any = member.replica.transferLeadership(null);
        Future<Void> named = member.replica.transferLeadership("n9");
        member.settle();
        assertThat(any.cause()).hasMessage("no member is fit to take over");
        assertThat(named.cause()).hasMessage("n9 is not a member; the members are [n0]");
    }
}
