package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.JavaProcess;
import io.vledger.acceptance.fixture.RealBroker;
import io.vledger.acceptance.fixture.RealNameServer;
import io.vledger.acceptance.fixture.Sent;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The upgrade check on what a real broker wrote and a kill left behind. */
class UpgradeCheckIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Path directory = WorkDirectory.of(UpgradeCheckIT.class);

    private record Answer(int code, String text) {}

    private Answer check(Path... configurations) {
        List<String> arguments =
                new ArrayList<>(List.of("-jar", System.getProperty("acceptance.launcher"), "upgrade-check", "-c"));
        for (Path configuration : configurations) {
            arguments.add(configuration.toString());
        }
        try (JavaProcess java = JavaProcess.start(directory, directory.resolve("check.log"), arguments)) {
            return new Answer(java.awaitExit(LIMIT), java.output());
        }
    }

    @Test
    void whatARealBrokerHeldWhenItWasKilledIsFoundAndNothingIsTouched() throws IOException {
        try (RealNameServer nameServer = RealNameServer.start(directory);
                RealBroker broker = RealBroker.startMaster("old-a", nameServer.address(), directory)) {
            Map<Integer, Long> ends = new TreeMap<>();
            try (ClientPool clients = new ClientPool(nameServer.address(), directory)) {
                ClientProcess client = clients.of(ClientRelease.V5);
                client.createTopic("history", 4);
                List<Sent> sent = client.send("topic", "history", "body", "x".repeat(3000), "count", 1000);
                sent.forEach(
                        each -> ends.merge(each.place().queueId(), each.place().queueOffset() + 1, Math::max));
                client.send("topic", "history", "body", "later", "delay", 18);
                client.call("push", "name", "reader", "group", "readers", "topic", "history");
                client.awaitBodies("reader", 1000);
            }
            broker.kill();
            Map<String, FileTime> before = times(broker.store());

            Answer answer = check(broker.configuration());
            assertThat(answer.code()).as(answer.text()).isZero();
            assertThat(answer.text())
                    .contains("a classic broker")
                    .contains("stopped without notice")
                    .contains("pending: 1 delayed messages")
                    .contains("GO: what would happen");
            ends.forEach((queue, end) -> assertThat(answer.text()).contains("queue " + queue + " 0.." + end));
            assertThat(times(broker.store())).isEqualTo(before);

            Path first = broker.store().resolve("commitlog/00000000000000000000");
            Path last = newest(broker.store().resolve("commitlog"));
            damage(last.equals(first) ? first : middle(broker.store().resolve("commitlog")));
            Answer damaged = check(broker.configuration());
            assertThat(damaged.code()).as(damaged.text()).isEqualTo(2);
            assertThat(damaged.text()).contains("NO-GO").contains("in the middle of the log");
        }
    }

    private static Map<String, FileTime> times(Path root) throws IOException {
        Map<String, FileTime> times = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.toList()) {
                times.put(file.toString(), Files.getLastModifiedTime(file));
            }
        }
        return times;
    }

    /** The files with something in them, the newest made ahead and still empty ones left out. */
    private static List<Path> written(Path log) throws IOException {
        List<Path> written = new ArrayList<>();
        try (Stream<Path> files = Files.list(log)) {
            for (Path file : files.sorted().toList()) {
                try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
                    if (in.length() > 0 && in.readInt() != 0) {
                        written.add(file);
                    }
                }
            }
        }
        return written;
    }

    private static Path newest(Path log) throws IOException {
        List<Path> written = written(log);
        return written.get(written.size() - 1);
    }

    private static Path middle(Path log) throws IOException {
        List<Path> written = written(log);
        return written.get(written.size() - 2);
    }

    private static void damage(Path file) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(500_000);
            int old = out.read();
            out.seek(500_000);
            out.write(old ^ 0xFF);
        }
    }
}
