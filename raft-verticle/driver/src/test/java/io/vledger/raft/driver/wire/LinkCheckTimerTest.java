package io.vledger.raft.driver.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vledger.testkit.Eventually;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Checks that messages bring forward, by a clock that the test sets. */
class LinkCheckTimerTest {
    private static final int ELECTION_MS = 6_000_000;
    private static final int EARLY_MS = 4_000_000;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong clockMs = new AtomicLong();
    private final List<Long> passed = new CopyOnWriteArrayList<>();
    private final LinkCheckTimer checks =
            new LinkCheckTimer(vertx, ELECTION_MS, () -> TimeUnit.MILLISECONDS.toNanos(clockMs.get()), passedMs -> {
                passed.add(passedMs);
                return Long.MAX_VALUE;
            });

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void aMessageInTheLastThirdOfAPeriodBringsTheCheckForward() {
        checks.start();
        clockMs.addAndGet(EARLY_MS - 1);
        checks.woken();
        assertThat(passed).as("too early").isEmpty();
        clockMs.addAndGet(1);
        checks.woken();
        assertThat(passed).hasSize(1);
        checks.woken();
        assertThat(passed).as("it has just checked").hasSize(1);
        clockMs.addAndGet(EARLY_MS);
        checks.woken();
        assertThat(passed).as("the time since the last check").hasSize(2).endsWith((long) EARLY_MS);
    }

    @Test
    void aCheckAfterAMessageIsInPlaceOfTheOneThatWasPlanned() throws Exception {
        LinkCheckTimer quick =
                new LinkCheckTimer(vertx, 100, () -> TimeUnit.MILLISECONDS.toNanos(clockMs.get()), passedMs -> {
                    passed.add(passedMs);
                    return Long.MAX_VALUE;
                });
        Promise<Void> allWouldHaveFired = Promise.promise();
        vertx.runOnContext(none -> {
            quick.start();
            for (int i = 0; i < 10; i++) {
                clockMs.addAndGet(100);
                quick.woken();
            }
            quick.stop();
            clockMs.addAndGet(100);
            quick.woken();
            vertx.setTimer(200, fired -> allWouldHaveFired.complete());
        });
        allWouldHaveFired.future().await(20, TimeUnit.SECONDS);
        assertThat(passed).hasSize(10);
    }

    @Test
    void withoutMessagesItChecksByItself() {
        LinkCheckTimer quick = new LinkCheckTimer(vertx, 20, System::nanoTime, passedMs -> {
            passed.add(passedMs);
            return Long.MAX_VALUE;
        });
        vertx.runOnContext(none -> quick.start());
        Eventually.await("it has checked three times", () -> passed.size() >= 3);
        vertx.runOnContext(none -> quick.stop());
    }
}
