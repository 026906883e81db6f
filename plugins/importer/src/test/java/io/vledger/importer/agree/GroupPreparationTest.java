package io.vledger.importer.agree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vledger.api.origin.Origin;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.importer.OldStore;
import io.vledger.importer.manifest.OriginManifest;
import io.vledger.importer.store.ContinuedStore;
import io.vledger.importer.store.FirstPosition;
import io.vledger.importer.store.OriginSettings;
import io.vledger.store.mmap.MmapStoreProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupPreparationTest {
    @TempDir
    private Path directory;

    private final List<Node> nodes = new ArrayList<>();

    @BeforeEach
    void threeNodes() {
        PeerNetwork network = new PeerNetwork();
        Map<String, String> peers = new LinkedHashMap<>();
        for (int i = 0; i < 3; i++) {
            peers.put("n" + i, "127.0.0.1:" + (i + 1));
        }
        for (String id : peers.keySet()) {
            nodes.add(new Node(id, directory, peers, network));
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (Node node : nodes) {
            node.close();
        }
    }

    private Node n(int i) {
        return nodes.get(i);
    }

    private static OldStore fill(int from, int to, OldStore store) throws IOException {
        for (int i = from; i < to; i++) {
            store.add("T", i % 2, "body of " + i + " " + "x".repeat(100));
        }
        return store;
    }

    private static OldStore classic(Node node, int messages) throws IOException {
        return fill(0, messages, OldStore.classic(node.root(), 0).configs());
    }

    private List<Future<Optional<Origin>>> prepareAll() {
        return nodes.stream().map(Node::prepare).toList();
    }

    private static Optional<Origin> wait(Future<Optional<Origin>> future) throws Exception {
        return future.await(40, TimeUnit.SECONDS);
    }

    /** Every member has the same base, and the same bytes of the old log. */
    private void assertSame(List<Future<Optional<Origin>>> all) throws Exception {
        List<String> identities = new ArrayList<>();
        for (Future<Optional<Origin>> each : all) {
            identities.add(wait(each).orElseThrow().identity());
        }
        assertThat(identities).hasSize(3).allMatch(identities.get(0)::equals);
        byte[] first = log(n(0));
        assertThat(first).isNotEmpty();
        assertThat(log(n(1))).isEqualTo(first);
        assertThat(log(n(2))).isEqualTo(first);
    }

    /** Bytes of the old log as the node would read it. */
    private static byte[] log(Node node) throws IOException {
        FakeOriginStorage storage = new FakeOriginStorage("x", node.config(), "", node.failures);
        OriginStorage.Ready ready = storage.ready(text -> {}).orElseThrow();
        Buffer all = Buffer.buffer();
        for (Path path : new TreeMap<>(ready.placement().log()).values()) {
            all.appendBytes(Files.readAllBytes(path));
        }
        return all.getBytes(0, (int) (ready.manifest().end() - ready.manifest().begin()));
    }

    private Map<String, String> snapshot() throws IOException {
        Map<String, String> files = new TreeMap<>();
        for (Node node : nodes) {
            for (Path top : List.of(node.root(), node.own(), node.origin())) {
                if (Files.exists(top)) {
                    try (Stream<Path> all = Files.walk(top)) {
                        for (Path file : all.filter(Files::isRegularFile).toList()) {
                            files.put(
                                    file.toString(), new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
                        }
                    }
                }
            }
        }
        return files;
    }

    private void assertOldFilesAsIn(Map<String, String> before) throws IOException {
        assertThat(snapshot()).containsAllEntriesOf(before);
    }

    private String refused(Future<Optional<Origin>> future) {
        try {
            wait(future);
        } catch (Exception e) {
            return String.valueOf(e.getMessage());
        }
        throw new AssertionError("was prepared");
    }

    @Test
    void nobodyHasOldData() throws Exception {
        for (Future<Optional<Origin>> each : prepareAll()) {
            assertThat(wait(each)).isEmpty();
        }
    }

    @Test
    void anEmptyThirdNodeTakesEverything() throws Exception {
        classic(n(0), 100);
        Files.createDirectories(n(0).root().resolve("index"));
        Files.writeString(n(0).root().resolve("index/20261123000000000"), "keys");
        copy(n(0), n(1));
        Map<String, String> before = snapshot();
        assertSame(prepareAll());
        assertOldFilesAsIn(before);
        assertThat(n(1).origin().resolve("log")).doesNotExist();
        assertThat(n(2).origin().resolve("index/20261123000000000")).hasContent("keys");
    }

    @Test
    void aSlaveThatIsBehindIsAligned() throws Exception {
        classic(n(0), 100);
        classic(n(1), 60);
        Map<String, String> before = snapshot();
        assertSame(prepareAll());
        assertOldFilesAsIn(before);
        // What it has in full it reads where it lies.
        assertThat(n(1).origin().resolve("log/00000000000000000000")).doesNotExist();
    }

    @Test
    void aSlaveDamagedInTheMiddleTakesThatFile() throws Exception {
        OldStore whole = classic(n(0), 300);
        copy(n(0), n(1));
        OldStore.flip(n(1).root().resolve("commitlog/00000000000000004096"), 300);
        assertThat(whole.end()).isGreaterThan(6L * OldStore.FILE_BYTES);
        // Empty directories say nothing of queues: all are counted from the log.
        for (int i = 0; i < 2; i++) {
            Files.createDirectories(n(i).root().resolve("consumequeue"));
        }
        Map<String, String> before = snapshot();
        assertSame(prepareAll());
        assertOldFilesAsIn(before);
        assertThat(n(1).origin().resolve("log/00000000000000004096")).exists();
        assertThat(n(1).origin().resolve("log/00000000000000008192")).doesNotExist();
    }

    @Test
    void theMasterIsNoSourceWhereItIsDamaged() throws Exception {
        classic(n(0), 300);
        copy(n(0), n(1));
        OldStore.flip(n(0).root().resolve("commitlog/00000000000000004096"), 300);
        for (int i = 0; i < 2; i++) {
            Files.createDirectories(n(i).root().resolve("consumequeue"));
        }
        assertSame(prepareAll());
        assertThat(n(0).origin().resolve("log/00000000000000004096")).exists();
    }

    @Test
    void membersThatEachHaveMoreAreLeftToPeople() throws Exception {
        fill(100, 120, classic(n(0), 50));
        fill(200, 230, classic(n(1), 50));
        Map<String, String> before = snapshot();
        List<Future<Optional<Origin>>> all = prepareAll();
        for (Future<Optional<Origin>> each : all) {
            assertThat(refused(each))
                    .contains("differ at position", "topic T", "queue offset", "legacySource", "legacyDryRun");
        }
        assertThat(snapshot()).isEqualTo(before);
    }

    @Test
    void peopleNameTheSource() throws Exception {
        fill(100, 120, classic(n(0), 50));
        fill(200, 230, classic(n(1), 50));
        byte[] wanted = Files.readAllBytes(n(0).root().resolve("commitlog/00000000000000000000"));
        n(1).source = "n0";
        Map<String, String> before = snapshot();
        assertSame(prepareAll());
        assertOldFilesAsIn(before);
        assertThat(log(n(1))).startsWith(wanted);
    }

    @Test
    void aMemberThatStoppedCanBePreparedAgain() throws Exception {
        classic(n(0), 50);
        n(0).dryRun = true;
        for (Future<Optional<Origin>> each : prepareAll()) {
            assertThat(refused(each)).contains("dry run");
        }
        n(0).dryRun = false;
        Future<Optional<Origin>> first = n(0).prepare();
        assertSame(List.of(first, n(1).prepare(), n(2).prepare()));
    }

    @Test
    void aDryRunOfOneMemberStopsAll() throws Exception {
        classic(n(0), 50);
        n(2).dryRun = true;
        Map<String, String> before = snapshot();
        for (Future<Optional<Origin>> each : prepareAll()) {
            assertThat(refused(each)).contains("dry run", "n1 is empty");
        }
        assertThat(snapshot()).isEqualTo(before);
    }

    @Test
    void membersWaitForTheOneThatIsLate() throws Exception {
        classic(n(0), 50);
        Future<Optional<Origin>> first = n(0).prepare();
        Future<Optional<Origin>> second = n(1).prepare();
        until(() -> n(0).progress().contains("n2") && n(1).progress().contains("n2 ("));
        assertThat(first.isComplete()).isFalse();
        assertSame(List.of(first, second, n(2).prepare()));
    }

    @Test
    void aMemberThatDiedContinuesWithWhatIsComplete() throws Exception {
        classic(n(0), 100);
        n(2).failures.set(1);
        Path origin = n(2).origin().resolve("log");
        Files.createDirectories(origin);
        // Of an even earlier life: torn bytes, which are longer than the file.
        Files.write(origin.resolve("00000000000000008192.part"), new byte[3 << 20]);
        List<Future<Optional<Origin>>> all = prepareAll();
        assertThat(refused(all.get(2))).contains("the power went out");
        assertThat(n(2).origin().resolve("here.json")).doesNotExist();
        Object first = Files.readAttributes(
                        origin.resolve("00000000000000000000"), java.nio.file.attribute.BasicFileAttributes.class)
                .fileKey();
        assertSame(List.of(all.get(0), all.get(1), n(2).prepare()));
        assertThat(Files.readAttributes(
                                origin.resolve("00000000000000000000"),
                                java.nio.file.attribute.BasicFileAttributes.class)
                        .fileKey())
                .isEqualTo(first);
    }

    @Test
    void aWipedMemberFollowsTheRunningGroup() throws Exception {
        classic(n(0), 100);
        List<Future<Optional<Origin>>> all = prepareAll();
        assertSame(all);
        delete(n(2).origin());
        n(1).close();
        nodes.set(1, n(0));
        assertThat(wait(n(2).prepare()).orElseThrow().identity())
                .isEqualTo(wait(all.get(0)).orElseThrow().identity());
        assertThat(log(n(2))).isEqualTo(log(n(0)));
    }

    @Test
    void aWipedMemberLeavesOutWhatHasExpiredAndNothingElse() throws Exception {
        OldStore old = classic(n(0), 100);
        List<Future<Optional<Origin>>> all = prepareAll();
        assertSame(all);
        FirstPosition.note(n(0).origin(), 2L * OldStore.FILE_BYTES);
        Files.delete(old.file(0));
        Path lost = old.file(3L * OldStore.FILE_BYTES);
        byte[] bytes = Files.readAllBytes(lost);
        Files.delete(lost);
        delete(n(2).origin());
        n(1).close();
        nodes.set(1, n(0));
        Future<Optional<Origin>> again = n(2).prepare();
        until(() -> n(2).progress().contains("is resumed: ") && n(2).progress().contains(lost.toString()));
        assertThat(again.isComplete()).as("a file that is lost has not expired").isFalse();
        Files.write(lost, bytes);
        wait(again);
        assertThat(FirstPosition.noted(n(2).origin())).isEqualTo(2L * OldStore.FILE_BYTES);
        assertThat(new FakeOriginStorage("x", n(2).config(), "", n(2).failures)
                        .ready(text -> {})
                        .orElseThrow()
                        .placement()
                        .log()
                        .keySet())
                .allMatch(position -> position >= 2L * OldStore.FILE_BYTES)
                .contains(3L * OldStore.FILE_BYTES);
    }

    @Test
    void anOldMessageThatRotsWhileTheGroupRunsIsRepairedFromAnotherMember() throws Exception {
        classic(n(0), 300);
        copy(n(0), n(1));
        assertSame(prepareAll());
        byte[] before = log(n(1));
        Path rotten = n(1).root().resolve("commitlog/00000000000000000000");
        OldStore.flip(rotten, 110);
        byte[] file = Files.readAllBytes(rotten);
        OriginStorage.Ready ready = new FakeOriginStorage("x", n(1).config(), "", n(1).failures)
                .ready(text -> {})
                .orElseThrow();
        OriginManifest made = ready.manifest();
        long border = (made.end() + (1 << 20) - 1) >> 20 << 20;
        OriginManifest manifest = new OriginManifest(
                made.group(),
                made.source(),
                made.holders(),
                new OriginManifest.Log(made.end(), border, made.files()),
                List.of(),
                made.state(),
                List.of());
        GroupStore own = new MmapStoreProvider()
                .open(new StoreSpec(
                        directory.resolve("own"), "g", "n1", 1 << 20, new LogBase(0, 0, border), new JsonObject()));
        try (GroupStore store = new ContinuedStore(
                manifest, ready.placement(), n(1).origin(), new OriginSettings(0, ""), n(1).copies, own, 1)) {
            assertThatThrownBy(() -> first(store)).isInstanceOf(StoreException.Damaged.class);
            until(() -> store.originFiles().damage().repaired() == 1);
            assertThat(first(store)).isEqualTo(Arrays.copyOf(before, 120));
            assertThat(store.originFiles().damage().now()).isEmpty();
        }
        assertThat(Files.readAllBytes(rotten)).isEqualTo(file);
    }

    /** The first bytes of the old log. */
    private static byte[] first(GroupStore store) throws StoreException {
        ByteBuf bytes = Unpooled.buffer();
        store.log().read(store.log().firstPosition(), 120, bytes);
        return Arrays.copyOf(bytes.array(), 120);
    }

    @Test
    void aPreparedMemberStartsAlone() throws Exception {
        classic(n(0), 30);
        List<Future<Optional<Origin>>> all = prepareAll();
        assertSame(all);
        n(1).close();
        n(2).close();
        assertThat(wait(n(0).prepare())).isPresent();
    }

    /** The two that only have copies are a majority, and must not give its queue offsets to other messages. */
    @Test
    void aGroupWhoseOldBrokerRanAgainIsNotFormedByTheOthers() throws Exception {
        classic(n(0), 30);
        assertSame(prepareAll());
        for (int i = 0; i < 3; i++) {
            n(i).restart();
        }
        n(0).ranAgain = "the old broker has run again: 30 messages";
        Future<Optional<Origin>> first = n(1).prepare();
        Future<Optional<Origin>> second = n(2).prepare();
        until(() -> n(1).progress().contains("asking"));
        assertThat(refused(n(0).prepare())).contains("30 messages");
        for (int i = 1; i < 3; i++) {
            Node node = n(i);
            until(() ->
                    node.progress().contains("not formed until somebody decides: n0: the old broker has run again"));
        }
        assertThat(first.isComplete()).isFalse();
        assertThat(second.isComplete()).isFalse();
        n(0).ranAgain = "";
        assertSame(List.of(n(0).prepare(), first, second));
    }

    /** The machine with the old data was down for longer than it was waited for, and comes back with an old broker that went on. */
    @Test
    void aGroupThatWasFormedWithoutAskingIsClosedWhenTheOldBrokerTurnsOutToHaveGoneOn() throws Exception {
        classic(n(0), 30);
        assertSame(prepareAll());
        for (int i = 0; i < 3; i++) {
            n(i).restart();
            n(i).graceMs = 500;
        }
        Future<Optional<Origin>> first = n(1).prepare();
        assertThat(wait(n(2).prepare())).isPresent();
        assertThat(wait(first)).isPresent();
        assertThat(n(1).objection().isComplete()).isFalse();
        n(0).ranAgain = "the old broker has run again: 30 messages";
        assertThat(refused(n(0).prepare())).contains("30 messages");
        for (int i = 1; i < 3; i++) {
            assertThat(n(i).objection().await(20, TimeUnit.SECONDS))
                    .contains("closed until somebody decides", "n0: the old broker has run again");
        }
    }

    @Test
    void aMemberWhoseOldBrokerWentOnDoesNotJoinTheRunningGroupSilently() throws Exception {
        OldStore old = classic(n(0), 30);
        assertSame(prepareAll());
        fill(30, 40, old);
        delete(n(0).origin());
        n(1).close();
        nodes.set(1, n(2));
        assertThat(refused(n(0).prepare())).contains("has messages up to position " + old.end(), "left-behind");
        Files.createDirectories(n(0).origin());
        Files.createFile(n(0).origin().resolve("left-behind"));
        assertThat(wait(n(0).prepare())).isPresent();
    }

    @Test
    void aBaseIsLargerThanAFrame() throws Exception {
        classic(n(0), 30);
        n(0).padding = "p".repeat(3_000_000);
        assertSame(prepareAll());
    }

    @Test
    void aGroupThatBeganWithoutItDoesNotTakeOldData() throws Exception {
        for (Future<Optional<Origin>> each : prepareAll()) {
            assertThat(wait(each)).isEmpty();
        }
        classic(n(2), 30);
        assertThat(refused(n(2).prepare())).contains("began with nothing", "storePathRootDir");
        Files.createDirectories(n(2).own());
        Files.writeString(n(2).own().resolve("log"), "of its own");
        assertThat(wait(n(2).prepare())).isEmpty();
    }

    @Test
    void aStoppedNodeStopsWaitingForTheOthers() throws Exception {
        Future<Optional<Origin>> first = n(0).prepare();
        until(() -> n(0).progress().contains("waiting"));
        n(0).close();
        assertThatThrownBy(() -> wait(first)).isInstanceOf(Exception.class);
    }

    @Test
    void dledgerEntriesThatWereNeverCommittedGiveWay() throws Exception {
        OldStore a = fill(0, 40, OldStore.dledger(n(0).root(), "n0").configs());
        OldStore b = fill(0, 40, OldStore.dledger(n(1).root(), "n1").configs());
        fill(100, 103, a.nextTerm());
        fill(200, 210, b);
        assertThat(b.end()).isGreaterThan(a.end());
        Map<String, String> before = snapshot();
        assertSame(prepareAll());
        assertOldFilesAsIn(before);
        FakeOriginStorage storage = new FakeOriginStorage("x", n(1).config(), "", n(1).failures);
        assertThat(storage.ready(text -> {}).orElseThrow().manifest().source()).isEqualTo("n0");
    }

    /** The others may have begun before this one gets to know what all decided. */
    @Test
    void aMemberWhoseTailGaveWayJoinsTheGroupThatDecidedSo() throws Exception {
        OldStore a = fill(0, 40, OldStore.dledger(n(0).root(), "n0").configs());
        OldStore b = fill(0, 40, OldStore.dledger(n(1).root(), "n1").configs());
        fill(100, 103, a.nextTerm());
        fill(200, 210, b);
        assertSame(prepareAll());
        delete(n(1).origin());
        assertThat(wait(n(1).prepare())).isPresent();
    }

    private interface Condition {
        boolean holds();
    }

    private static void until(Condition condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never came");
            }
            Thread.onSpinWait();
        }
    }

    private static void copy(Node from, Node to) throws IOException {
        try (Stream<Path> files = Files.walk(from.root())) {
            for (Path file : files.toList()) {
                Path target = to.root().resolve(from.root().relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private static void delete(Path top) throws IOException {
        try (Stream<Path> files = Files.walk(top)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
