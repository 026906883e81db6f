package io.vledger.importer;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpgradeCheckTest {
    @TempDir
    private Path directory;

    private record Answer(int code, String text) {
        JsonObject json() {
            return new JsonObject(text);
        }
    }

    private Answer check(boolean json, String... nodes) throws IOException {
        return check(json, false, nodes);
    }

    private Answer check(boolean json, boolean deep, String... nodes) throws IOException {
        List<Path> configurations = new ArrayList<>();
        for (String node : nodes) {
            Path file = directory.resolve(node + ".conf");
            Files.writeString(file, "brokerName=b\ndLegerSelfId=" + node + "\nstorePathRootDir=" + root(node) + "\n");
            configurations.add(file);
        }
        StringWriter text = new StringWriter();
        int code = new UpgradeCheck(configurations, deep, json).run(new PrintWriter(text));
        return new Answer(code, text.toString());
    }

    private Path root(String node) {
        return directory.resolve("store-" + node);
    }

    private OldStore filled(String node, int messages) throws IOException {
        OldStore store = OldStore.classic(root(node), 0).configs();
        for (int i = 0; i < messages; i++) {
            store.add("T", i % 2, "body " + i);
        }
        return store;
    }

    private void copy(String from, String to) throws IOException {
        try (Stream<Path> files = Files.walk(root(from))) {
            for (Path file : files.toList()) {
                Path target = root(to).resolve(root(from).relativize(file));
                Files.createDirectories(target.getParent());
                if (Files.isRegularFile(file)) {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    @Test
    void aMasterIsCountedToItsTrueEnd() throws IOException {
        OldStore store = filled("n0", 100);
        Answer answer = check(true, "n0");
        assertThat(answer.code()).as(answer.text()).isEqualTo(UpgradeCheck.GO);
        JsonObject member = answer.json().getJsonArray("members").getJsonObject(0);
        assertThat(member.getString("kind")).isEqualTo("CLASSIC");
        assertThat(member.getLong("messages")).isEqualTo(100);
        assertThat(member.getJsonObject("commitLog").getLong("end")).isEqualTo(store.end());
        assertThat(member.getJsonObject("topics").getJsonObject("T").getJsonObject("0"))
                .isEqualTo(new JsonObject().put("min", 0L).put("max", 50L));
        assertThat(member.getJsonObject("groups")
                        .getJsonObject("g")
                        .getJsonObject("T")
                        .getLong("0"))
                .isEqualTo(2);
        assertThat(check(false, "n0").text()).contains("GO: what would happen").contains("queue 0 0..50");
    }

    @Test
    void aTornTailDoesNotCountAndIsTold() throws IOException {
        OldStore store = filled("n0", 10).tear("\0\0\0\u007fgarbage");
        Answer answer = check(false, "n0");
        assertThat(answer.code()).isEqualTo(UpgradeCheck.GO);
        assertThat(answer.text()).contains("11 bytes behind position " + store.end());
    }

    @Test
    void damageInTheMiddleIsNotTakenForATornTail() throws IOException {
        OldStore store = filled("n0", 100);
        OldStore.flip(store.file(0), 200);
        Answer answer = check(false, "n0");
        assertThat(answer.code()).isEqualTo(UpgradeCheck.NO_GO);
        assertThat(answer.text())
                .contains("NO-GO")
                .contains("is damaged at position")
                .contains("in the middle of the log");
    }

    @Test
    void aLogWhoseFirstFilesAreGoneIsTakenWhereItBegins() throws IOException {
        long first = 5L * OldStore.FILE_BYTES;
        OldStore store = OldStore.classic(root("n0"), first).configs();
        store.add("T", 0, "x").add("T", 0, "y");
        JsonObject log = check(true, "n0")
                .json()
                .getJsonArray("members")
                .getJsonObject(0)
                .getJsonObject("commitLog");
        assertThat(log.getLong("first")).isEqualTo(first);
        assertThat(log.getLong("end")).isEqualTo(store.end());
    }

    @Test
    void aSlaveThatLagsTakesTheRestFromTheMaster() throws IOException {
        filled("n0", 20);
        copy("n0", "n1");
        OldStore master = OldStore.classic(root("n0"), 0).configs();
        for (int i = 0; i < 30; i++) {
            master.add("T", i % 2, "body " + i);
        }
        Answer answer = check(false, "n0", "n1", "n2");
        assertThat(answer.code()).as(answer.text()).isEqualTo(UpgradeCheck.GO);
        assertThat(answer.text())
                .contains("n1.conf is a prefix: it takes")
                .contains("n2.conf is empty: it takes everything from n0.conf");
    }

    @Test
    void membersThatDifferInTheMiddleAreLeftToPeople() throws IOException {
        filled("n0", 20);
        OldStore other = OldStore.classic(root("n1"), 0).configs();
        for (int i = 0; i < 25; i++) {
            other.add("T", i % 2, i == 15 ? "other15" : "body " + i);
        }
        Answer answer = check(false, "n0", "n1");
        assertThat(answer.code()).isEqualTo(UpgradeCheck.NO_GO);
        assertThat(answer.text())
                .contains("n0.conf and n1.conf differ at position")
                .contains("topic T, queue 1, queue offset 7")
                .contains("Decide which counts");
    }

    @Test
    void ofDledgerMembersTheOneWithTheLaterTermLeads() throws IOException {
        OldStore longer = OldStore.dledger(root("n0"), "n0").configs();
        OldStore later = OldStore.dledger(root("n1"), "n1").configs();
        for (OldStore store : List.of(longer, later)) {
            store.add("T", 0, "a").add("T", 0, "b");
        }
        longer.add("T", 0, "c").add("T", 0, "d");
        later.nextTerm().add("T", 0, "C");
        Answer answer = check(false, "n0", "n1");
        assertThat(answer.code()).isEqualTo(UpgradeCheck.NO_GO);
        assertThat(answer.text())
                .contains("a member of a DLedger group")
                .contains("n0.conf and n1.conf differ at position")
                .contains("entry 2 of term 1")
                .contains("entry 2 of term 2");
    }

    @Test
    void missingFilesAndForeignStoresAreRefusedByName() throws IOException {
        OldStore store = filled("n0", 100);
        Files.delete(store.file(OldStore.FILE_BYTES));
        assertThat(check(false, "n0").text()).contains("NO-GO").contains("follows a gap");
        Files.writeString(
                directory.resolve("x.conf"), "storePathRootDir=" + root("x") + "\nstoreType=defaultRocksDB\n");
        StringWriter text = new StringWriter();
        assertThat(new UpgradeCheck(List.of(directory.resolve("x.conf")), false, false).run(new PrintWriter(text)))
                .isEqualTo(UpgradeCheck.NO_GO);
        assertThat(text.toString()).contains("its queue index lives in RocksDB");
    }

    @Test
    void aTornConfigurationFileFallsBackToItsBackup() throws IOException {
        filled("n0", 4)
                .config("topics.json", "{\"topicConfigTable\":{\"T\":{\"readQ")
                .config("topics.json.bak", "{\"topicConfigTable\":{\"Old\":{\"readQueueNums\":1}}}");
        Answer answer = check(false, "n0");
        assertThat(answer.code()).isEqualTo(UpgradeCheck.GO);
        assertThat(answer.text()).contains("topics.json cannot be read as JSON");
        Files.delete(root("n0").resolve("config/topics.json.bak"));
        assertThat(check(false, "n0").text()).contains("NO-GO").contains("neither it nor its backup can be used");
    }

    @Test
    void queuesWithoutAMessageKeepTheirEnd() throws IOException {
        filled("n0", 4);
        Path queue = Files.createDirectories(root("n0").resolve("consumequeue/Gone/3"));
        ByteBuffer units = ByteBuffer.allocate(20 * 10);
        for (int i = 0; i < 5; i++) {
            units.putLong(0).putInt(Integer.MAX_VALUE).putLong(0);
        }
        Files.write(queue.resolve("00000000000000000200"), units.array());
        JsonObject topics = check(true, "n0")
                .json()
                .getJsonArray("members")
                .getJsonObject(0)
                .getJsonObject("topics");
        assertThat(topics.getJsonObject("Gone").getJsonObject("3"))
                .isEqualTo(new JsonObject().put("min", 15L).put("max", 15L));
    }

    @Test
    void nothingIsWritten() throws IOException {
        filled("n0", 50);
        List<String> before = listing();
        check(false, true, "n0");
        assertThat(listing()).isEqualTo(before);
    }

    private List<String> listing() throws IOException {
        try (Stream<Path> files = Files.walk(root("n0"))) {
            List<String> lines = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                lines.add(file + " " + Files.getLastModifiedTime(file) + " " + Files.size(file));
            }
            return lines;
        }
    }
}
