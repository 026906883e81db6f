package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.Refusal;
import io.vledger.testkit.SimDisk;
import org.junit.jupiter.api.Test;

class DiskWatchTest {
    private static final int FULL_PERCENT = 50;

    private final SimDisk disk = new SimDisk();

    private LoneMember leader() throws Exception {
        return new LoneMember(
                        disk,
                        LoneMember.settingsBuilder()
                                .diskFullPercent(FULL_PERCENT)
                                .build())
                .lead();
    }

    @Test
    void aDiskThatIsTooFullRefusesProposalsUntilThereIsRoom() throws Exception {
        LoneMember member = leader();
        disk.capacity(disk.usedBytes() * 3 / 2);
        member.pass(2_000);
        assertThat(member.propose(1)).isEqualTo(Refusal.DISK_FULL);
        assertThat(member.replica.status().writable()).isFalse();
        assertThat(member.replica.status().reason()).isEqualTo("the disk is fuller than 50 %");

        disk.capacity(disk.usedBytes() * 3);
        member.pass(2_000);
        assertThat(member.propose(1)).isNull();
        assertThat(member.replica.status().reason()).isEmpty();
    }

    @Test
    void aLaneThatFindsNoRoomRefusesProposalsAtOnce() throws Exception {
        LoneMember member = leader();
        member.replica.laneFull(true);
        assertThat(member.propose(1)).isEqualTo(Refusal.DISK_FULL);
        member.pass(50);
        assertThat(member.replica.status().reason()).isEqualTo("the disk is full");
        member.replica.laneFull(false);
        assertThat(member.propose(1)).isNull();
    }
}
