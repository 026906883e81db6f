package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuardTest {
    private final List<Throwable> failures = new ArrayList<>();
    private boolean running = true;
    private final Guard guard = new Guard(() -> running, failures::add);

    @Test
    void whatWorkThrowsStopsTheMember() {
        StoreException failed = new StoreException("the disk failed");
        IllegalStateException broken = new IllegalStateException("an invariant is broken");
        StackOverflowError overflow = new StackOverflowError();
        guard.run(() -> {
            throw failed;
        });
        guard.run(() -> {
            throw broken;
        });
        guard.run(() -> {
            throw overflow;
        });
        assertThat(failures).containsExactly(failed, broken, overflow);
    }

    @Test
    void aMemberThatStoppedDoesNothing() {
        running = false;
        List<String> done = new ArrayList<>();
        guard.run(() -> done.add("work"));
        assertThat(done).isEmpty();
        assertThat(guard.running()).isFalse();
    }
}
