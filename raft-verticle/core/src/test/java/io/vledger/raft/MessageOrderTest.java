package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which messages wait for hard state that is not durable (paper, figure 2). */
class MessageOrderTest {
    private static List<Message> promises() {
        return List.of(
                new Message.VoteRequest(1, false, false, 0, 0),
                new Message.VoteReply(1, false, true, Standing.VOTER),
                new Message.VoteReply(1, true, true, Standing.VOTER),
                new Message.AppendAccepted(1, 0, 0, Standing.VOTER),
                new Message.AppendRejected(1, 0, 1, 0, 0, Standing.VOTER),
                new Message.InstallReply(1, 0),
                new Message.Conflict(1, 1, 1),
                new Message.MemoryOutdated(1, 1, 1));
    }

    private static List<Message> others() {
        return List.of(
                new Message.VoteRequest(1, true, false, 0, 0),
                new Message.AppendRequest(1, 0, 0, 0, 0, 1, null),
                new Message.InstallRequest(1, 1, 1, "state"),
                new Message.TransferNow(1),
                new Message.EntriesRequest(1, 1, 1),
                new Message.EntriesReply(1, 1, null));
    }

    @ParameterizedTest
    @MethodSource("promises")
    void whatOthersBuildOnWaitsForTheHardState(Message message) {
        Effects effects = new Effects();

        effects.send("b", message, true);

        assertThat(effects.sendAfterSave()).containsExactly(new Effects.Outgoing("b", message));
        assertThat(effects.sendNow()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("others")
    void everythingElseLeavesAtOnce(Message message) {
        Effects effects = new Effects();

        effects.send("b", message, true);

        assertThat(effects.sendNow()).containsExactly(new Effects.Outgoing("b", message));
        assertThat(effects.sendAfterSave()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("promises")
    void nothingWaitsWhenEverythingIsDurable(Message message) {
        Effects effects = new Effects();

        effects.send("b", message, false);

        assertThat(effects.sendNow()).hasSize(1);
    }

    @Test
    void everyTypeOfMessageIsCovered() {
        assertThat(promises().stream().map(Message::getClass).distinct().count()
                        + others().stream().map(Message::getClass).distinct().count())
                .as("VoteRequest is on both sides")
                .isEqualTo(types(Message.class) + 1);
    }

    private static long types(Class<?> type) {
        long count = 0;
        for (Class<?> each : type.getPermittedSubclasses()) {
            count += each.isInterface() ? types(each) : 1;
        }
        return count;
    }
}
