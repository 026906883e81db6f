package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.Refusal;
import io.vledger.testkit.SimDisk;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CompletionsTest {
    @Test
    void anOutcomeIsHandedOn() {
        List<@Nullable Refusal> outcomes = new ArrayList<>();
        Completions.complete(outcomes::add, null);
        Completions.complete(outcomes::add, Refusal.UNKNOWN);
        assertThat(outcomes).containsExactly(null, Refusal.UNKNOWN);
    }

    @Test
    void aCallbackThatThrowsDoesNotStopTheMember() throws Exception {
        LoneMember member = new LoneMember(new SimDisk()).lead();
        member.propose(1, Long.BYTES, refusal -> {
            throw new IllegalStateException("cannot cope");
        });
        member.propose(2);
        member.settle();
        assertThat(member.outcomes).containsExactly((Refusal) null);
        assertThat(member.machine.applied).containsExactly(1L, 2L);
    }
}
