package io.vledger.raft.driver.verticle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenProgressTest {
    private final List<String> said = new ArrayList<>();
    private final OpenProgress progress = new OpenProgress("g", said::add);

    @Test
    void aThreadThatUsesItsCpuGetsAheadAndOneThatHangsDoesNot() {
        progress.look(1);
        assertThat(said).as("nothing is being done").isEmpty();
        progress.working("opening its store");
        progress.look(10);
        progress.look(20);
        assertThat(said).hasSize(3).allMatch(text -> text.startsWith("group g: opening its store ("));
        progress.look(20);
        progress.look(20);
        assertThat(said).as("a thread that hangs").hasSize(3);
        progress.idle();
        progress.look(30);
        assertThat(said).hasSize(4);
    }
}
