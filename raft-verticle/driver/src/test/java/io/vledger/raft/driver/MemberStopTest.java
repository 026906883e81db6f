package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.Future;
import io.vledger.api.group.ContradictionException;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.testkit.SimDisk;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class MemberStopTest {
    private final SimDisk disk = new SimDisk();

    @Test
    void stoppingTwiceCompletesBothWhenTheStoreIsClosed() throws Exception {
        LoneMember member = new LoneMember(disk).lead();
        Future<Void> first = member.replica.stop();
        Future<Void> second = member.replica.stop();
        while (member.runLoopAndLane()) {
            assertThat(second.isComplete()).as("while the store is open").isFalse();
        }
        assertThat(member.replica.status().role()).isEqualTo(GroupRole.STOPPED);
        member.settle();
        assertThat(member.lane.closed).isTrue();
        assertThat(first.succeeded()).isTrue();
        assertThat(second.succeeded()).isTrue();
    }

    @Test
    void aStopTakesACheckpointThatTheNextStartBeginsWith() throws Exception {
        LoneMember member = new LoneMember(disk).lead();
        member.propose(7);
        member.settle();
        member.replica.stop();
        member.settle();

        LoneMember next = new LoneMember(disk);
        assertThat(next.machine.applied)
                .as("restored, before anything is applied")
                .containsExactly(7L);
    }

    @Test
    void aStopAnswersWhatIsNotCommitted() throws Exception {
        LoneMember member = new LoneMember(disk).lead();
        member.lane.held = true;
        member.propose(1);
        member.settle();
        member.propose(2);
        member.replica.stop();
        member.runLoop();
        // The first is in the log and may be committed yet; nobody has seen the second.
        assertThat(member.outcomes).containsExactly(Refusal.UNKNOWN, Refusal.NOT_LEADER);
    }

    @Test
    void aFailureAnswersWhoWaitsAndSaysWhy() throws Exception {
        LoneMember member = new LoneMember(disk).lead();
        List<String> transfers = new ArrayList<>();
        member.lane.held = true;
        member.propose(1);
        member.settle();
        member.replica.readBarrier(refusal -> transfers.add("read " + refusal));
        member.replica.fail(new OutOfMemoryError("Java heap space"));
        member.settle();
        assertThat(member.outcomes).containsExactly(Refusal.UNKNOWN);
        assertThat(transfers).containsExactly("read NOT_LEADER");
        assertThat(member.replica.status().role()).isEqualTo(GroupRole.FAILED);
        assertThat(member.replica.status().reason()).startsWith("out of memory (Java heap space); raise -Xmx");
        assertThat(member.replica.refusal()).isEqualTo(Refusal.NOT_LEADER);
    }

    @Test
    void aWriteThatFailsStopsTheMember() throws Exception {
        LoneMember member = new LoneMember(disk).lead();
        disk.failNextSync(name -> true);
        member.propose(1);
        member.settle();
        assertThat(member.replica.status().role()).isEqualTo(GroupRole.FAILED);
        assertThat(member.outcomes).containsExactly(Refusal.UNKNOWN);
        assertThat(member.machine.roles).last().isEqualTo(GroupRole.FAILED);
    }

    @Test
    void aFailedMemberCanBeStoppedAndWritesNothingMore() throws Exception {
        LoneMember member = new LoneMember(disk).lead();
        member.replica.fail(new IllegalStateException("broken"));
        long written = disk.bytesWritten();
        Future<Void> stopped = member.replica.stop();
        member.settle();
        assertThat(stopped.succeeded()).isTrue();
        assertThat(disk.bytesWritten()).isEqualTo(written);
    }

    @Test
    void anEntryThatCannotBeAppliedIsNamedInOneLine() throws Exception {
        assertThat(failedWith(new ContradictionException("there is no such topic")))
                .isNull();
        assertThat(failedWith(new NullPointerException("a fault of this version")))
                .as("where in the code it was")
                .isNotNull();
    }

    private @Nullable IThrowableProxy failedWith(RuntimeException cause) throws Exception {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(MemberStop.class);
        lines.start();
        logger.addAppender(lines);
        try {
            LoneMember member = new LoneMember(new SimDisk()).lead();
            member.replica.fail(new EntryNotAppliedException(9, (byte) 16, 3, cause));
            member.settle();
            assertThat(member.replica.status().reason())
                    .startsWith("entry 9 of kind 16, by the leader of term 3, cannot be applied: " + cause.getMessage())
                    .contains("move its directory of the group away");
        } finally {
            logger.detachAppender(lines);
        }
        assertThat(lines.list).hasSize(1);
        return lines.list.get(0).getThrowableProxy();
    }
}
