package io.vledger.importer;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
        return check(json, List.of(), nodes);
    }

    private Answer check(boolean json, List<String> further, String... nodes) throws IOException {
        List<Path> configurations = new ArrayList<>();
        for (String node : nodes) {
            Path file = directory.resolve(node + ".conf");
            Files.writeString(
                    file,
                    "brokerName=b\ndLegerSelfId=" + node + "\nstorePathRootDir=" + root(node) + "\n"
                            + String.join("\n", further));
            configurations.add(file);
        }
        StringWriter text = new StringWriter();
        int code = new UpgradeCheck(configurations, json).run(new PrintWriter(text));
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

    private static void flipBody(Path file, String body) throws IOException {
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        OldStore.flip(file, bytes.indexOf(body));
    }

    private static void delete(Path top) throws IOException {
        try (Stream<Path> files = Files.walk(top)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
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
    void aTornTailDoesNotCountAndIsReported() throws IOException {
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

    /** Three bytes of one body: what follows is whole, in the same file, which is the last. */
    @Test
    void damageInTheLastFileIsNotTakenForATornTailEither() throws IOException {
        OldStore store = filled("n0", 20);
        flipBody(store.file(0), "body 7");
        Answer answer = check(false, "n0");
        assertThat(answer.code()).as(answer.text()).isEqualTo(UpgradeCheck.NO_GO);
        Matcher found = Pattern.compile(
                        "damaged at position (\\d+).* and (\\d+) whole messages from position (\\d+) to " + store.end()
                                + " \\(T/0: \\d+, T/1: \\d+\\)")
                .matcher(answer.text());
        assertThat(found.find()).as(answer.text()).isTrue();
        String end = found.group(1);
        int lost = Integer.parseInt(found.group(2));
        assertThat(answer.text()).contains("legacyAcceptDamage=" + end + " into this member's file");
        assertThat(check(false, List.of("legacyAcceptDamage=" + (Long.parseLong(end) + 1)), "n0")
                        .code())
                .as("another position than the one that counts")
                .isEqualTo(UpgradeCheck.NO_GO);
        Answer accepted = check(true, List.of("legacyAcceptDamage=" + end), "n0");
        assertThat(accepted.code()).as(accepted.text()).isEqualTo(UpgradeCheck.GO);
        JsonObject member = accepted.json().getJsonArray("members").getJsonObject(0);
        assertThat(member.getLong("messages")).as("one is damaged itself").isEqualTo(20 - 1 - lost);
        assertThat(member.getJsonArray("notes").encode()).contains("accepted by legacyAcceptDamage");
    }

    @Test
    void whatADamagedMemberLacksItTakesFromOneThatHasIt() throws IOException {
        OldStore store = filled("n0", 20);
        copy("n0", "n1");
        flipBody(root("n1").resolve("commitlog").resolve(store.file(0).getFileName()), "body 7");
        Answer answer = check(false, "n0", "n1");
        assertThat(answer.code()).as(answer.text()).isEqualTo(UpgradeCheck.GO);
        assertThat(answer.text())
                .contains("n1.conf is damaged or cut short at position", "it takes whole files from n0.conf");
    }

    @Test
    void consumeQueuesThatPointIntoAMissingLogAreRefused() throws IOException {
        OldStore store = filled("n0", 20).consumeQueues();
        assertThat(check(false, "n0").code()).isEqualTo(UpgradeCheck.GO);
        Files.delete(store.file(0));
        for (int round = 0; round < 2; round++) {
            Answer answer = check(false, "n0");
            assertThat(answer.code()).as(answer.text()).isEqualTo(UpgradeCheck.NO_GO);
            assertThat(answer.text())
                    .contains("there is no message in " + root("n0").resolve("commitlog"))
                    .contains("consumequeue/T/1 points to position " + store.end())
                    .contains("group g has consumed from T", "topic T is configured", "Is a disk not mounted");
            Files.deleteIfExists(root("n0").resolve("commitlog"));
        }
        delete(root("n0").resolve("consumequeue"));
        assertThat(check(false, "n0").text()).contains("NO-GO", "group g has consumed from T");
        assertThat(check(false, "n1").code())
                .as("a new node has nothing of all this")
                .isEqualTo(UpgradeCheck.GO);
    }

    @Test
    void settingsThatNameAnotherPlaceThanTheLogsAreRefused() throws IOException {
        filled("n0", 4);
        for (String wrong : List.of("storePathCommitLog=" + directory + "/a:" + directory + "/b")) {
            Answer answer = check(false, List.of(wrong), "n0");
            assertThat(answer.code()).as(answer.text()).isEqualTo(UpgradeCheck.NO_GO);
            assertThat(answer.text())
                    .contains(root("n0").resolve("commitlog") + " has a log that the settings do not name");
        }
        OldStore.dledger(root("n2"), "n1").add("T", 0, "x");
        Answer answer = check(false, "n2");
        assertThat(answer.code()).as(answer.text()).isEqualTo(UpgradeCheck.NO_GO);
        assertThat(answer.text()).contains("dledger-n1/data has a log that the settings do not name", "dLegerSelfId");
    }

    @Test
    void aLogThatEndsBeforeWhereOthersPointIsRefused() throws IOException {
        OldStore store = filled("n0", 100).consumeQueues();
        copy("n0", "n1");
        long last = store.end() - store.end() % OldStore.FILE_BYTES;
        Files.delete(store.file(last));
        Answer answer = check(false, "n0");
        assertThat(answer.code()).as(answer.text()).isEqualTo(UpgradeCheck.NO_GO);
        assertThat(answer.text())
                .contains("ends at position " + last, "points up to position " + store.end())
                .containsPattern("\\d+ messages are missing \\(T/0: \\d+, T/1: \\d+\\)")
                .contains("legacyAcceptDamage=" + last);
        assertThat(check(false, List.of("legacyAcceptDamage=" + last), "n0").code())
                .isEqualTo(UpgradeCheck.GO);
        assertThat(check(false, "n0", "n1").text())
                .contains("GO: what would happen", "n0.conf is damaged or cut short");
    }

    @Test
    void aDledgerLogThatEndsBeforeItsIndexIsRefused() throws IOException {
        OldStore store = OldStore.dledger(root("n0"), "n0").configs();
        for (int i = 0; i < 40; i++) {
            store.add("T", 0, "body " + i);
        }
        store.index();
        assertThat(check(false, "n0").code()).isEqualTo(UpgradeCheck.GO);
        long second = OldStore.FILE_BYTES;
        assertThat(store.end()).isGreaterThan(second);
        byte[] empty = new byte[OldStore.FILE_BYTES];
        for (long at = second; at < store.end(); at += OldStore.FILE_BYTES) {
            Files.write(store.file(at), empty);
        }
        Answer answer = check(false, "n0");
        assertThat(answer.code()).isEqualTo(UpgradeCheck.NO_GO);
        assertThat(answer.text()).contains("DLedger's index", "up to position " + store.end(), "legacyAcceptDamage=");
    }

    @Test
    void entriesThatGaveWayInDledgersIndexSayNothing() throws IOException {
        OldStore store = OldStore.dledger(root("n0"), "n0").configs();
        store.add("T", 0, "one");
        OldStore.Mark mark = store.mark();
        store.add("T", 0, "two").add("T", 0, "three").index();
        store.back(mark).nextTerm().add("T", 0, "instead of both, in a later term");
        assertThat(check(false, "n0").code()).isEqualTo(UpgradeCheck.GO);
    }

    @Test
    void aLogThatEndsBeforeWhatTheCheckpointKnowsIsRefused() throws IOException {
        OldStore store = filled("n0", 4).checkpoint(2);
        assertThat(check(false, "n0").code()).isEqualTo(UpgradeCheck.GO);
        store.checkpoint(3);
        assertThat(check(false, "n0").text())
                .contains("NO-GO", "knows of one of 3", "legacyAcceptDamage=" + store.end());
    }

    /** A member of DLedger that truncates leaves the bytes where they are. */
    @Test
    void entriesOfAnEarlierTermBehindTheEndAreNoDamage() throws IOException {
        OldStore store = OldStore.dledger(root("n0"), "n0").configs();
        store.add("T", 0, "a");
        OldStore.Mark mark = store.mark();
        store.add("T", 0, "b".repeat(300)).add("T", 0, "c").add("T", 0, "d");
        store.back(mark).nextTerm().add("T", 0, "B");
        Answer answer = check(false, "n0");
        assertThat(answer.code()).as(answer.text()).isEqualTo(UpgradeCheck.GO);
        assertThat(answer.text()).contains("are of an unfinished write");
        store.nextTerm();
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
                .contains("n2.conf is empty: it takes everything, ");
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
                .contains("legacySource=<node>");
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
        assertThat(answer.code()).as(answer.text()).isEqualTo(UpgradeCheck.GO);
        assertThat(answer.text())
                .contains("a member of a DLedger group")
                .contains("n0.conf differs from n1.conf at position")
                .contains("entry 2 of term 1")
                .contains("entry 2 of term 2")
                .contains("were never committed");
        longer.committed(2);
        assertThat(check(false, "n0", "n1").code())
                .as("the other knows it to be committed")
                .isEqualTo(UpgradeCheck.NO_GO);
    }

    @Test
    void missingFilesAndForeignStoresAreRefusedByName() throws IOException {
        OldStore store = filled("n0", 100);
        Files.delete(store.file(OldStore.FILE_BYTES));
        assertThat(check(false, "n0").text()).contains("NO-GO").contains("follows a gap");
        Files.writeString(
                directory.resolve("x.conf"), "storePathRootDir=" + root("x") + "\nstoreType=defaultRocksDB\n");
        StringWriter text = new StringWriter();
        assertThat(new UpgradeCheck(List.of(directory.resolve("x.conf")), false).run(new PrintWriter(text)))
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
        check(false, "n0");
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
