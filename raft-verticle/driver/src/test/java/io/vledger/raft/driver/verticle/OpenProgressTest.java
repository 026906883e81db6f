package io.vledger.raft.driver.verticle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenProgressTest {
    private final List<String> reports = new ArrayList<>();
    private final OpenProgress progress = new OpenProgress("g", reports::add);

    @Test
    void aThreadThatUsesItsCpuGetsAheadAndOneThatHangsDoesNot() {
        progress.check(1);
        assertThat(reports).as("nothing is being done").isEmpty();
        progress.working("opening its store");
        progress.check(10);
        progress.check(20);
        assertThat(reports).hasSize(3).allMatch(text -> text.startsWith("group g: opening its store ("));
        progress.check(20);
        progress.check(20);
        assertThat(reports).as("a thread that hangs").hasSize(3);
        progress.idle();
        progress.check(30);
        assertThat(reports).hasSize(4);
    }
}
