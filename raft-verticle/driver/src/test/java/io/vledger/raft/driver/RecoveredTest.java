package io.vledger.raft.driver;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.Durability;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Standing;
import io.vledger.testkit.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecoveredTest {
    /** The store keeps two copies of the hard state in one file. */
    private static final int HARD_STATE_COPY_BYTES = 4096;

    private final SimDisk disk = new SimDisk();
    private final FakeIdentity identity = new FakeIdentity();
    private @Nullable GroupStore store;

    private Recovered recover() throws StoreException {
        return recover(LoneMember.settings());
    }

    private Recovered recover(ReplicaSettings settings) throws StoreException {
        GroupStore opened = LoneMember.open(disk);
        store = opened;
        return Recovered.from(opened, LogBase.EMPTY, settings, identity);
    }

    @AfterEach
    void close() throws StoreException {
        if (store != null) {
            store.close();
        }
    }

    private static ReplicaSettings async(String bootId) {
        return LoneMember.settingsBuilder()
                .durability(Durability.ASYNC)
                .bootId(bootId)
                .build();
    }

    /** A member that led and had three numbers committed. */
    private LoneMember history(ReplicaSettings settings) throws StoreException {
        LoneMember member = new LoneMember(disk, settings).lead();
        for (long number = 1; number <= 3; number++) {
            member.propose(number);
            member.settle();
        }
        return member;
    }

    private void stop(LoneMember member) {
        member.replica.stop();
        member.settle();
    }

    @Test
    void anEmptyDirectoryIsFreshAndHasNoVote() throws Exception {
        Recovered found = recover();
        assertThat(found.standing()).isEqualTo(Standing.RECOVERING);
        assertThat(found.hardState().cause()).isEqualTo(HardState.Cause.FRESH);
        assertThat(found.snapshot()).isEqualTo(new Snapshot(0, 0, 0));
        assertThat(found.state().readableBytes()).isZero();
        assertThat(found.laterMembers()).isEmpty();
    }

    @Test
    void whatWasDecidedIsDurableBeforeTheMemberTakesPart() throws Exception {
        Recovered first = recover();
        requireNonNull(store).close();
        assertThat(LoneMember.open(disk).hardState().load()).contains(first.hardState());
    }

    @Test
    void anOrderlyStopLeavesAVoterWithItsNewestState() throws Exception {
        stop(history(LoneMember.settings()));
        Recovered found = recover();
        assertThat(found.standing()).isEqualTo(Standing.VOTER);
        assertThat(found.snapshot().index())
                .isEqualTo(requireNonNull(store).log().lastIndex());
        assertThat(numbers(found.state())).containsExactly(1L, 2L, 3L);
        found.state().release();
    }

    @Test
    void aProcessThatDiedLeavesAVoterThatAppliesItsLogAgain() throws Exception {
        history(LoneMember.settings());
        disk.processDeath();
        Recovered found = recover();
        assertThat(found.standing()).isEqualTo(Standing.VOTER);
        assertThat(found.snapshot().index()).isZero();
        assertThat(found.laterMembers()).as("member lists behind the snapshot").isNotEmpty();
    }

    @Test
    void eachStartIsCounted() throws Exception {
        stop(history(LoneMember.settings()));
        Recovered found = recover();
        requireNonNull(store).close();
        Recovered next = recover();
        assertThat(next.hardState().start().count())
                .isEqualTo(found.hardState().start().count() + 1);
        assertThat(next.hardState().incarnation()).isEqualTo(found.hardState().incarnation());
    }

    @Test
    void aCopyOfADirectoryHasNoVoteAndANewIncarnation() throws Exception {
        LoneMember member = history(LoneMember.settings());
        long incarnation = member.replica.greeting().incarnation();
        stop(member);
        identity.copied = true;
        Recovered found = recover();
        assertThat(found.standing()).isEqualTo(Standing.RECOVERING);
        assertThat(found.hardState().cause()).isEqualTo(HardState.Cause.OUTDATED);
        assertThat(found.hardState().incarnation()).isGreaterThan(incarnation);
    }

    @Test
    void anAsynchronousMemberWhoseMachineRestartedHasNoVote() throws Exception {
        history(async("boot-1"));
        disk.processDeath();
        Recovered found = recover(async("boot-2"));
        assertThat(found.standing()).isEqualTo(Standing.RECOVERING);
        assertThat(found.hardState().cause()).isEqualTo(HardState.Cause.CACHE_LOST);
    }

    @Test
    void anAsynchronousMemberThatOnlyDiedKeepsItsVote() throws Exception {
        history(async("boot-1"));
        disk.processDeath();
        assertThat(recover(async("boot-1")).standing()).isEqualTo(Standing.VOTER);
    }

    @Test
    void anAsynchronousMemberThatStoppedInOrderKeepsItsVoteOverARestartOfTheMachine() throws Exception {
        stop(history(async("boot-1")));
        Recovered found = recover(async("boot-2"));
        assertThat(found.standing()).isEqualTo(Standing.VOTER);
        found.state().release();
    }

    @Test
    void aLogThatEndsBeforeWhatWasCommittedIsOutdated() throws Exception {
        stop(history(LoneMember.settings()));
        GroupStore cut = LoneMember.open(disk);
        HardState saved = cut.hardState().load().orElseThrow();
        assertThat(saved.commit()).isEqualTo(cut.log().lastIndex());
        for (Snapshot snapshot : cut.snapshots().list()) {
            cut.snapshots().delete(snapshot);
        }
        cut.log().truncateSuffix(cut.log().lastIndex());
        cut.close();
        Recovered found = recover();
        assertThat(found.hardState().cause()).isEqualTo(HardState.Cause.OUTDATED);
        assertThat(found.standing()).isEqualTo(Standing.RECOVERING);
    }

    @Test
    void anInstallThatWasCutShortIsFinished() throws Exception {
        stop(history(LoneMember.settings()));
        GroupStore before = LoneMember.open(disk);
        Snapshot installed = new Snapshot(100, 7, 3L * LoneMember.SEGMENT_BYTES);
        ByteBuf image = Unpooled.buffer();
        new SnapshotImage(
                        new MemberList(Map.of()),
                        new byte[0],
                        new byte[0],
                        Unpooled.buffer().writeLong(42))
                .encode(image);
        before.snapshots().save(installed, image);
        before.close();
        Recovered found = recover();
        assertThat(requireNonNull(store).log().base()).isEqualTo(new LogBase(100, 7, installed.position()));
        assertThat(found.snapshot()).isEqualTo(installed);
        assertThat(numbers(found.state())).containsExactly(42L);
        assertThat(found.standing()).isEqualTo(Standing.VOTER);
    }

    @Test
    void aHardStateThatCannotBeReadLosesTheVote() throws Exception {
        stop(history(LoneMember.settings()));
        for (String name : disk.names()) {
            if (name.endsWith("hardstate")) {
                disk.flipBit(name, 30, 3);
                disk.flipBit(name, HARD_STATE_COPY_BYTES + 30, 3);
            }
        }
        Recovered found = recover();
        assertThat(found.standing()).isNotEqualTo(Standing.VOTER);
        found.state().release();
    }

    private static List<Long> numbers(ByteBuf state) {
        List<Long> numbers = new ArrayList<>();
        for (int at = state.readerIndex(); at < state.writerIndex(); at += Long.BYTES) {
            numbers.add(state.getLong(at));
        }
        return numbers;
    }
}
