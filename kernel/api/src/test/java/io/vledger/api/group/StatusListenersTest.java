package io.vledger.api.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StatusListenersTest {
    private final Queue<Runnable> loop = new ArrayDeque<>();
    private final List<GroupStatus> seen = new ArrayList<>();
    private GroupStatus current = status(GroupRole.FOLLOWER, null, 0);
    private final StatusListeners listeners = new StatusListeners(loop::add, () -> current);

    private static GroupStatus status(GroupRole role, @Nullable String leader, long applied) {
        List<GroupStatus.Member> members = List.of(GroupStatus.Member.builder("n0")
                .raftAddress("h:1")
                .clientAddress("h:2")
                .connected(true)
                .voter(true)
                .matchIndex(applied)
                .build());
        return GroupStatus.builder("g", "n0")
                .role(role)
                .term(1)
                .leader(leader)
                .commitIndex(applied)
                .appliedIndex(applied)
                .lastIndex(applied)
                .firstIndex(1)
                .endPosition(100 * applied)
                .members(members)
                .writable(true)
                .build();
    }

    private void publish(GroupStatus status) {
        current = status;
        listeners.published(status);
    }

    private void runLoop() {
        for (Runnable task = loop.poll(); task != null; task = loop.poll()) {
            task.run();
        }
    }

    @Test
    void aListenerIsGivenTheCurrentStatusFirst() {
        listeners.add(seen::add);
        assertThat(seen).as("before its loop had a turn").isEmpty();
        runLoop();
        assertThat(seen).containsExactly(current);
    }

    @Test
    void aChangeIsDeliveredInATaskOfItsOwn() {
        listeners.add(seen::add);
        runLoop();
        publish(status(GroupRole.LEADER, "n0", 0));
        assertThat(seen).as("while the change is being made").hasSize(1);
        runLoop();
        assertThat(seen).last().isEqualTo(current);
    }

    @Test
    void changesInARowAreDeliveredAsTheNewestOne() {
        listeners.add(seen::add);
        runLoop();
        publish(status(GroupRole.CANDIDATE, null, 0));
        publish(status(GroupRole.LEADER, "n0", 0));
        runLoop();
        assertThat(seen).extracting(GroupStatus::role).containsExactly(GroupRole.FOLLOWER, GroupRole.LEADER);
    }

    @Test
    void progressAloneIsNoEvent() {
        listeners.add(seen::add);
        runLoop();
        publish(status(GroupRole.FOLLOWER, null, 7));
        runLoop();
        assertThat(seen).hasSize(1);
    }

    @Test
    void aClosedListenerHearsNothingMore() {
        Group.Registration registration = listeners.add(seen::add);
        runLoop();
        publish(status(GroupRole.LEADER, "n0", 0));
        registration.close();
        runLoop();
        publish(status(GroupRole.FOLLOWER, "n1", 0));
        runLoop();
        assertThat(seen).hasSize(1);
    }

    @Test
    void aListenerThatIsClosedBeforeItsFirstCallHearsNothing() {
        listeners.add(seen::add).close();
        runLoop();
        publish(status(GroupRole.LEADER, "n0", 0));
        runLoop();
        assertThat(seen).isEmpty();
    }

    @Test
    void aListenerThatThrowsDoesNotKeepOthersFromHearing() {
        listeners.add(status -> {
            throw new IllegalStateException("cannot cope");
        });
        listeners.add(seen::add);
        runLoop();
        publish(status(GroupRole.LEADER, "n0", 0));
        runLoop();
        assertThat(seen).hasSize(2);
    }
}
