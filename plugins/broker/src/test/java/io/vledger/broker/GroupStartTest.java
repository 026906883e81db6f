package io.vledger.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Readiness;
import io.vledger.api.health.Health;
import io.vledger.api.origin.FirstStart;
import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.Origin;
import io.vledger.api.origin.Origins;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.testing.FakeOrigin;
import io.vledger.testkit.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupStartTest {
    private static final Origin ORIGIN =
            new FakeOrigin(1 << 20, new InitialState(List.of(), List.of(), List.of(), Map.of()), List.of());

    @TempDir
    Path directory;

    private final Promise<Optional<Origin>> prepared = Promise.promise();
    private final CompletableFuture<Optional<Origin>> opened = new CompletableFuture<>();
    private final AtomicInteger opens = new AtomicInteger();
    private final AtomicInteger closes = new AtomicInteger();
    private final Promise<String> objection = Promise.promise();
    private volatile @Nullable FirstStart first;
    private Vertx vertx;

    @BeforeEach
    void startVertx() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void stopVertx() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private final class Preparing implements Origins {
        @Override
        public Future<Optional<Origin>> prepare(GroupConfig config) {
            return prepared.future();
        }

        @Override
        public String progress(String group) {
            return "copying " + group;
        }

        @Override
        public Future<String> objection(String group) {
            return objection.future();
        }

        @Override
        public @Nullable FirstStart firstStart(String group) {
            return first;
        }
    }

    private GroupConfig config() {
        return GroupConfig.builder("g", directory.resolve("vledger-g"))
                .peers(Map.of("n0", "127.0.0.1:1"))
                .segmentBytes(1 << 20)
                .raft(GroupConfig.RaftTiming.builder().electionTimeoutMs(450).build())
                .retention(new GroupConfig.Retention(2, 0, List.of(4), 75, 85, true, 90, 72))
                .broker(GroupConfig.BrokerSettings.builder()
                        .maxMessageSize(64 << 10)
                        .messageDelayLevel("1s")
                        .build())
                .origin(new GroupConfig.OriginSettings(Map.of("storePathRootDir", directory.toString()), "", false, -1))
                .build();
    }

    private GroupStart start(@Nullable Origins origins, Future<Void> outcome) {
        return new GroupStart(
                config(),
                origins,
                origin -> {
                    opens.incrementAndGet();
                    opened.complete(Optional.ofNullable(origin));
                    return outcome;
                },
                () -> {
                    closes.incrementAndGet();
                    return Future.succeededFuture();
                });
    }

    @Test
    void anOpenGroupThatMustStopIsClosedWithAReason() throws Exception {
        prepared.complete(Optional.empty());
        GroupStart start = start(new Preparing(), Future.succeededFuture());
        begin(start);
        start.serving(() -> Health.up(new JsonObject()));
        assertThat(start.health().ready()).isTrue();
        objection.complete("the old broker has run again");
        Eventually.await("it is closed", () -> closes.get() == 1);
        assertThat(start.health().ready()).isFalse();
        assertThat(start.health().detail().getString("failure")).contains("the old broker has run again");
    }

    @Test
    void aGroupThatWaitsForMembersThatHaveNotComeIsCalledReadyAfterAWhileSoThatTheyAreStarted() throws Exception {
        GroupStart start = start(new Preparing(), Future.succeededFuture());
        begin(start);
        assertThat(start.health().ready()).isFalse();
        assertThat(start.health().started()).isTrue();
        first = new FirstStart(Readiness.FIRST_START_MS - 1, List.of("n1"));
        assertThat(start.health().ready()).isFalse();
        first = new FirstStart(Readiness.FIRST_START_MS, List.of("n1"));
        assertThat(start.health().ready()).isTrue();
        assertThat(start.health().detail().getJsonObject("firstStart").getJsonArray("missing"))
                .containsExactly("n1");
        prepared.fail("n0 and n1 differ");
        Eventually.await("it fails", () -> start.health().detail().containsKey("failure"));
        assertThat(start.health().ready()).isFalse();
    }

    private void begin(GroupStart start) throws Exception {
        start.begin(vertx, vertx.getOrCreateContext()).await(10, TimeUnit.SECONDS);
    }

    @Test
    void aGroupWithoutAnOriginIsOpenAtOnce() throws Exception {
        prepared.complete(Optional.empty());
        begin(start(new Preparing(), Future.succeededFuture()));
        assertThat(opened.getNow(Optional.of(ORIGIN))).isEmpty();
    }

    @Test
    void aGroupThatWaitsIsOpenedLaterAndSaysWhatItWaitsFor() throws Exception {
        GroupStart start = start(new Preparing(), Future.succeededFuture());
        begin(start);
        assertThat(opens).hasValue(0);
        Health waiting = start.health();
        assertThat(waiting.live()).isTrue();
        assertThat(waiting.started()).as("it gets ahead, so nobody restarts it").isTrue();
        assertThat(waiting.detail().getString("progress")).isEqualTo("copying g");
        prepared.complete(Optional.of(ORIGIN));
        assertThat(opened.get(10, TimeUnit.SECONDS)).contains(ORIGIN);
        start.serving(() -> Health.up(new JsonObject()));
        assertThat(start.health().ready()).isTrue();
    }

    @Test
    void aPreparationThatFailsLeavesTheNodeUpAndTheGroupDown() throws Exception {
        GroupStart start = start(new Preparing(), Future.succeededFuture());
        prepared.fail("n0 and n1 differ at position 77");
        begin(start);
        assertThat(opens).hasValue(0);
        assertThat(start.health().live()).isTrue();
        assertThat(start.health().ready()).isFalse();
        assertThat(start.health().detail().getString("failure")).isEqualTo("n0 and n1 differ at position 77");
    }

    @Test
    void aGroupThatCannotBeOpenedFailsTheStartOrIsDownLater() throws Exception {
        GroupStart waited = start(new Preparing(), Future.failedFuture("the port is taken"));
        begin(waited);
        prepared.complete(Optional.empty());
        Eventually.await("it is down", () -> "the port is taken"
                .equals(waited.health().detail().getString("failure")));
        GroupStart atOnce = start(new Preparing(), Future.failedFuture("the port is taken"));
        assertThatThrownBy(() -> begin(atOnce)).hasMessageContaining("the port is taken");
    }

    @Test
    void nothingIsOpenedAfterAStop() throws Exception {
        GroupStart start = start(new Preparing(), Future.succeededFuture());
        begin(start);
        start.stop().await(10, TimeUnit.SECONDS);
        CompletableFuture<Boolean> fired = new CompletableFuture<>();
        prepared.complete(Optional.of(ORIGIN));
        vertx.setTimer(1, id -> fired.complete(true));
        fired.get(10, TimeUnit.SECONDS);
        assertThat(opens).hasValue(0);
    }

    @Test
    void withoutAnImporterOldMessagesKeepTheGroupFromStartingEmpty() throws Exception {
        begin(start(null, Future.succeededFuture()));
        assertThat(opens).hasValue(1);
        Path log = Files.createDirectories(directory.resolve("commitlog"));
        Files.writeString(log.resolve("00000000001073741824"), "x");
        assertThatThrownBy(() -> begin(start(null, Future.succeededFuture())))
                .hasMessageContaining(log.toString())
                .hasMessageContaining("importer");
        assertThat(opens).hasValue(1);
        Files.createDirectories(directory.resolve("vledger-g/log"));
        begin(start(null, Future.succeededFuture()));
        assertThat(opens).hasValue(2);
    }
}
