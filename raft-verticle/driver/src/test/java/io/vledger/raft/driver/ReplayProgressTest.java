package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vledger.testkit.SimDisk;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ReplayProgressTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(ReplayProgress.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void listenNoMore() {
        logger.detachAppender(lines);
    }

    private List<String> logged() {
        List<String> texts =
                lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        lines.list.clear();
        return texts;
    }

    @Test
    void itIsLoggedEveryFiveSecondsAndOnceMoreAtTheEnd() {
        ReplayProgress progress = new ReplayProgress("g", 100, 1_100);
        progress.look(1_000, 100, 1_100);
        progress.look(5_999, 200, 1_100);
        assertThat(logged()).isEmpty();
        assertThat(progress.text()).isEmpty();
        progress.look(6_000, 350, 1_100);
        progress.look(6_010, 351, 1_100);
        assertThat(logged()).containsExactly("g: applying the log again: 250 of 1000 entries (5 s so far)");
        assertThat(progress.text()).isEqualTo("applying the log again: 250 of 1000 entries");
        progress.look(11_000, 600, 1_100);
        assertThat(logged()).containsExactly("g: applying the log again: 500 of 1000 entries (10 s so far)");
        progress.look(16_000, 1_100, 1_150);
        progress.look(30_000, 1_140, 1_150);
        assertThat(logged()).containsExactly("g: 1000 entries of the log were applied again in 15 s");
        assertThat(progress.text()).isEmpty();
    }

    @Test
    void aStartThatIsQuickSaysNothing() {
        ReplayProgress progress = new ReplayProgress("g", 100, 1_100);
        progress.look(0, 100, 1_100);
        progress.look(5_000, 1_100, 1_100);
        progress.look(10_000, 1_100, 1_200);
        assertThat(logged()).isEmpty();
        assertThat(progress.text()).isEmpty();
    }

    @Test
    void entriesThatALeaderRemovesAreNotWaitedFor() {
        ReplayProgress progress = new ReplayProgress("g", 0, 10);
        progress.look(0, 0, 10);
        progress.look(5_000, 8, 10);
        assertThat(progress.text()).isEqualTo("applying the log again: 8 of 10 entries");
        progress.look(5_010, 8, 8);
        progress.look(15_000, 8, 12);
        assertThat(progress.text()).isEmpty();
    }

    @Test
    void aMemberThatAppliesItsLogAgainSaysInItsStatusHowFarItIs() throws Exception {
        SimDisk disk = new SimDisk();
        LoneMember before = new LoneMember(disk).lead();
        for (int i = 0; i < 200; i++) {
            before.propose(i, 8 << 10, refusal -> {});
            before.settle();
        }
        disk.processDeath();
        // As if the index of each checkpoint had been damaged.
        for (String file : disk.names()) {
            if (file.startsWith("snapshots/")) {
                disk.delete(file);
            }
        }
        LoneMember again = new LoneMember(disk);
        Set<String> reasons = new LinkedHashSet<>();
        for (int i = 0; i < 300 && again.replica.status().appliedIndex() < 200; i++) {
            again.shell.nowMs += 2_000;
            again.replica.tick();
            again.shell.runOnce();
            again.lane.runOnce();
            again.shell.runReads();
            reasons.add(again.replica.status().reason());
        }
        assertThat(reasons).anyMatch(reason -> reason.matches("applying the log again: \\d+ of 20\\d entries"));
        again.pass(100);
        assertThat(again.replica.status().reason()).isEmpty();
        assertThat(logged()).anyMatch(line -> line.contains("entries of the log were applied again in"));
    }
}
