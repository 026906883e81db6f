package io.vledger.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Group;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.tap.CommittedMessage;
import io.vledger.api.tap.CommittedMessages;
import io.vledger.testkit.Eventually;
import io.vledger.testkit.fake.FakeContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditTest {
    @TempDir
    private Path data;

    private final Log log = new Log();

    /** Entries of two messages each, on the topics {@code a} and {@code b}. */
    private static final class Log implements CommittedMessages {
        private final List<Runnable> tasks = new CopyOnWriteArrayList<>();
        private volatile long first = 1;
        private final AtomicLong last = new AtomicLong();

        @Override
        public String group() {
            return "g";
        }

        @Override
        public boolean leads() {
            return true;
        }

        @Override
        public long firstIndex() {
            return first;
        }

        @Override
        public long lastIndex() {
            return last.get();
        }

        @Override
        public Group.Registration onProgress(Runnable task) {
            tasks.add(task);
            return () -> tasks.remove(task);
        }

        void append(int count) {
            last.addAndGet(count);
            tasks.forEach(Runnable::run);
        }

        @Override
        public long read(long from, int maxBytes, Predicate<String> topics, Consumer<CommittedMessage> visitor) {
            for (int number = 0; number < 2; number++) {
                String topic = number == 0 ? "a" : "b";
                if (topics.test(topic)) {
                    visitor.accept(new CommittedMessage(
                            from, number, topic, 0, from - 1, from * 100, 5, Map.of("TAGS", "t"), new byte[] {1, 2}));
                }
            }
            return from + 1;
        }
    }

    private Settings settings(JsonObject more) {
        return Settings.of(
                new JsonObject()
                        .put("topics", new JsonArray().add("a").add("b"))
                        .mergeIn(more),
                data);
    }

    private GroupAudit audit(JsonObject more) throws IOException {
        return new GroupAudit(log, settings(more));
    }

    private static void all(GroupAudit audit) {
        while (audit.step() == GroupAudit.Step.MORE) {
            // on
        }
    }

    private List<String> lines() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int age = 9; age >= 0; age--) {
            Path file = data.resolve("audit/g" + (age == 0 ? "" : "." + age) + ".jsonl");
            if (Files.exists(file)) {
                for (String line : Files.readAllLines(file)) {
                    JsonObject json = new JsonObject(line);
                    lines.add(json.getLong("index") + "." + json.getInteger("number"));
                }
            }
        }
        return lines;
    }

    @Test
    void aGroupIsReadFromItsEndOrItsBeginning() throws IOException {
        log.last.set(3);
        GroupAudit fromEnd = audit(new JsonObject());
        all(fromEnd);
        assertThat(lines()).isEmpty();
        log.last.set(4);
        all(fromEnd);
        assertThat(lines()).containsExactly("4.0", "4.1");
        fromEnd.close();
        GroupAudit fromBeginning =
                audit(new JsonObject().put("directory", "other").put("from", "beginning"));
        all(fromBeginning);
        assertThat(fromBeginning.lines()).isEqualTo(8);
        fromBeginning.close();
    }

    @Test
    void theNextRunContinuesWithoutRepeatingOrLeavingOut() throws IOException {
        GroupAudit first = audit(new JsonObject());
        log.last.set(3);
        all(first);
        assertThatThrownBy(() -> audit(new JsonObject())).isInstanceOf(AuditFile.InUse.class);
        first.close();
        log.last.set(5);
        GroupAudit second = audit(new JsonObject());
        all(second);
        second.close();
        assertThat(lines()).containsExactly("1.0", "1.1", "2.0", "2.1", "3.0", "3.1", "4.0", "4.1", "5.0", "5.1");
    }

    @Test
    void aLineCutShortByAKillIsWrittenAgain() throws IOException {
        GroupAudit first = audit(new JsonObject());
        log.last.set(2);
        all(first);
        first.close();
        Path file = data.resolve("audit/g.jsonl");
        List<String> kept = Files.readAllLines(file).subList(0, 3);
        Files.write(file, kept);
        Files.writeString(file, "{\"index\":2,\"numb", StandardOpenOption.APPEND);
        Files.delete(data.resolve("audit/g.place"));
        GroupAudit second = audit(new JsonObject());
        all(second);
        second.close();
        assertThat(lines()).containsExactly("1.0", "1.1", "2.0", "2.1");
    }

    @Test
    void filesTurnOverAndOldOnesGo() throws IOException {
        GroupAudit audit = audit(new JsonObject().put("maxFileBytes", 1024).put("files", 2));
        log.last.set(40);
        all(audit);
        audit.close();
        assertThat(lines()).endsWith("40.0", "40.1").hasSizeLessThan(40);
        assertThat(data.resolve("audit/g.3.jsonl")).doesNotExist();
        assertThat(Files.size(data.resolve("audit/g.1.jsonl"))).isLessThanOrEqualTo(1024);
    }

    @Test
    void entriesThatRetentionTookAreCounted() throws IOException {
        GroupAudit audit = audit(new JsonObject());
        log.last.set(10);
        log.first = 8;
        all(audit);
        assertThat(audit.skipped()).isEqualTo(7);
        assertThat(lines()).containsExactly("8.0", "8.1", "9.0", "9.1", "10.0", "10.1");
        audit.close();
    }

    @Test
    void withoutASectionEveryTopicIsWrittenDown() {
        Settings all = Settings.of(new JsonObject(), data);
        assertThat(all.wants("orders")).isTrue();
        Settings some = Settings.of(new JsonObject().put("topics", new JsonArray().add("orders")), data);
        assertThat(some.wants("orders")).isTrue();
        assertThat(some.wants("other")).isFalse();
    }

    @Test
    void wrongSettingsAreNamed() {
        assertThatThrownBy(() -> Settings.of(new JsonObject().put("topics", new JsonArray()), data))
                .hasMessageContaining("plugins.audit.topics = []");
        assertThatThrownBy(() -> Settings.of(new JsonObject().put("topics", "orders"), data))
                .hasMessageContaining("plugins.audit.topics = orders");
        assertThatThrownBy(() -> settings(new JsonObject().put("file", 1))).hasMessageContaining("unknown keys [file]");
        assertThatThrownBy(() -> settings(new JsonObject().put("files", 0)))
                .hasMessageContaining("plugins.audit.files = 0: must be a number from 1 to");
    }

    @Test
    void thePluginWritesWhatIsCommittedWithoutLookingForItAndLeavesNothingBehind() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            NodeInfo node = new NodeInfo("n0", "c", data, List.of(), List.of(), "", -1, "test");
            FakeContext kernel = new FakeContext("audit", vertx, () -> node);
            AuditPlugin plugin = new AuditPlugin();
            plugin.bind(kernel);
            String deployment = vertx.deployVerticle(plugin).await(20, TimeUnit.SECONDS);
            plugin.activate().await(20, TimeUnit.SECONDS);
            kernel.offer(CommittedMessages.class, "g", log);
            Eventually.await("the group is followed", () -> log.tasks.size() == 1);
            for (int i = 1; i <= 100; i++) {
                log.append(1);
            }
            Eventually.await("all is written", () -> {
                try {
                    return lines().size() == 200;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            kernel.withdraw(CommittedMessages.class, "g");
            Eventually.await("it is not followed any more", log.tasks::isEmpty);
            vertx.undeploy(deployment).await(20, TimeUnit.SECONDS);
        } finally {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }
}
