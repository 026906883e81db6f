package io.vledger.importer.agree;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.OldStore;
import io.vledger.importer.UpgradeCheck;
import io.vledger.importer.agree.MemberInspector.Inspection;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.manifest.PeerConfig;
import io.vledger.importer.store.PeerCopies;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The check before an upgrade and the start of the nodes, fed with the same directories, decide the same. */
class SameDecisionTest {
    private static final long SEGMENT_BYTES = 1 << 20;

    @TempDir
    private Path directory;

    /** Directories and settings of one case. */
    private record Case(Path directory, Map<String, List<String>> settings) {
        List<String> nodes() {
            return List.copyOf(settings.keySet());
        }

        Path root(String node) {
            return directory.resolve("store-" + node);
        }
    }

    /**
     * What was decided.
     *
     * @param source whose data counts; empty if nobody's, or none begins
     * @param problems why none begins; empty if all do
     */
    private record Outcome(String source, Set<String> problems) {}

    @Test
    void checkAndStartDecideAlike() throws IOException {
        long first = Long.getLong("vledger.seed", 1);
        long last = Long.getLong("vledger.seed", 1_000);
        int go = 0;
        int stop = 0;
        for (long seed = first; seed <= last; seed++) {
            Case one = generated(new Random(seed), directory.resolve(String.valueOf(seed)));
            System.err.println("seed " + seed);
            Outcome checked = check(one);
            Map<String, Inspection> inspections = inspections(one);
            for (String node : one.nodes()) {
                assertThat(start(one, node, inspections))
                        .as("-Dvledger.seed=%s: %s decides as the check does", seed, node)
                        .isEqualTo(checked);
            }
            if (checked.problems.isEmpty()) {
                go++;
            } else {
                stop++;
            }
            delete(one.directory);
        }
        if (first != last) {
            assertThat(go).isGreaterThan(200);
            assertThat(stop).isGreaterThan(200);
        }
    }

    private static Outcome check(Case one) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String node : one.nodes()) {
            Path file = one.directory.resolve(node);
            Files.writeString(
                    file,
                    "brokerName=g\nmappedFileSizeCommitLog=" + SEGMENT_BYTES + "\n"
                            + String.join("\n", one.settings.get(node)));
            files.add(file);
        }
        StringWriter text = new StringWriter();
        int code = new UpgradeCheck(files, true).run(new PrintWriter(text));
        JsonObject json = new JsonObject(text.toString());
        Set<String> problems = texts(json.getJsonArray("obstacles"));
        assertThat(code).isEqualTo(problems.isEmpty() ? UpgradeCheck.GO : UpgradeCheck.NO_GO);
        return new Outcome(json.getString("source"), problems);
    }

    private static Set<String> texts(JsonArray array) {
        Set<String> texts = new TreeSet<>();
        array.forEach(each -> texts.add((String) each));
        return texts;
    }

    private static Map<String, Inspection> inspections(Case one) throws IOException {
        Map<String, Inspection> inspections = new LinkedHashMap<>();
        for (String member : one.nodes()) {
            GroupConfig config = config(one, member);
            inspections.put(
                    member,
                    new MemberInspector(
                                    member,
                                    OriginLocations.of(member, config.origin().settings()),
                                    MemberInspector.preferences(config),
                                    text -> {})
                            .inspect());
        }
        return inspections;
    }

    /** As {@link GroupPreparation} does on one node, the others' facts being what they sent. */
    private static Outcome start(Case one, String node, Map<String, Inspection> inspections) throws IOException {
        Map<String, Peer> peers = new LinkedHashMap<>();
        List<MemberFacts> facts = new ArrayList<>();
        for (String member : one.nodes()) {
            Inspection inspection = inspections.get(member);
            PeerQueryHandler queryHandler = new PeerQueryHandler(
                    member, "g", requireNonNull(inspection).facts().preferences(), SameDecisionTest::now);
            queryHandler.read(inspection.facts(), inspection.files());
            peers.put(member, Peer.local(queryHandler));
            facts.add(
                    member.equals(node)
                            ? inspection.facts()
                            : MemberFactsJson.read(new JsonObject(
                                    MemberFactsJson.write(inspection.facts()).toBuffer())));
        }
        Decision decision = new DecisionLoop(new PeerQueries(peers)).decide(facts, comparison -> {});
        if (decision instanceof Decision.Stop stop) {
            return new Outcome("", new TreeSet<>(stop.problems()));
        }
        return decision instanceof Decision.Source source
                ? begun(one, source.node(), inspections)
                : new Outcome("", Set.of());
    }

    private static Outcome begun(Case one, String source, Map<String, Inspection> inspections) {
        Inspection own = inspections.get(source);
        Map<String, PeerConfig> others = new TreeMap<>();
        inspections.forEach((member, inspection) -> {
            if (!member.equals(source) && inspection.facts().state() == MemberFacts.State.OLD) {
                others.put(
                        member,
                        inspection
                                .facts()
                                .comparedWith(requireNonNull(own).facts().log().files()));
            }
        });
        try {
            new OriginDirectory(source, config(one, source), PeerCopies.NONE)
                    .make(requireNonNull(own).survey(), others, own.facts().log()::digest, text -> {});
            return new Outcome(source, Set.of());
        } catch (IOException e) {
            return new Outcome("", Set.of(source + ": " + e.getMessage()));
        }
    }

    private static Future<PeerMessage> now(Callable<PeerMessage> work) {
        try {
            return Future.succeededFuture(work.call());
        } catch (Exception e) {
            return Future.failedFuture(e);
        }
    }

    private static GroupConfig config(Case one, String node) {
        Map<String, String> settings = new TreeMap<>();
        requireNonNull(one.settings.get(node))
                .forEach(line -> settings.put(line.split("=", 2)[0], line.split("=", 2)[1]));
        settings.put("brokerName", "g");
        return Node.config(
                one.directory.resolve("vledger-" + node),
                Map.of(),
                new GroupConfig.OriginSettings(
                        settings,
                        settings.getOrDefault("legacySource", ""),
                        false,
                        Long.parseLong(settings.getOrDefault("legacyAcceptDamage", "-1"))));
    }

    private static Case generated(Random random, Path directory) throws IOException {
        Map<String, List<String>> settings = new LinkedHashMap<>();
        Case one = new Case(Files.createDirectories(directory), settings);
        boolean dledger = random.nextInt(3) == 0;
        int common = random.nextInt(16);
        String source = random.nextInt(12) == 0 ? "n" + random.nextInt(3) : "";
        for (String node : List.of("n0", "n1", "n2")) {
            List<String> lines = new ArrayList<>();
            settings.put(node, lines);
            lines.add("dLegerSelfId=" + node);
            lines.add("storePathRootDir=" + one.root(node));
            if (!source.isEmpty() && random.nextInt(4) > 0) {
                lines.add("legacySource=" + source);
            }
            if (random.nextInt(4) > 0) {
                member(random, one.root(node), node, dledger, common);
            }
            if (random.nextInt(8) == 0) {
                lines.add("storePathCommitLog=" + directory.resolve("a") + ":" + directory.resolve("b"));
            }
            accept(random, one, node);
        }
        return one;
    }

    private static void member(Random random, Path root, String node, boolean dledger, int common) throws IOException {
        OldStore store = dledger ? OldStore.dledger(root, node) : OldStore.classic(root, 0);
        int messages = random.nextInt(3) > 0 ? common : random.nextInt(common + 1);
        for (int i = 0; i < messages; i++) {
            store.add("T", i % 2, "body " + i + "x".repeat(i * 137 % 900));
        }
        if (random.nextInt(4) == 0) {
            if (random.nextBoolean()) {
                store.nextTerm();
            }
            for (int i = 0; i < random.nextInt(5); i++) {
                store.add("T", 0, node + " alone");
            }
        }
        if (random.nextInt(4) > 0) {
            store.configs();
        }
        if (random.nextBoolean()) {
            store.consumeQueues();
        }
        if (random.nextInt(4) == 0) {
            store.checkpoint(random.nextInt(4));
        }
        if (dledger && random.nextBoolean()) {
            store.committed(random.nextInt(common + 1));
        }
        damage(random, store);
    }

    private static void damage(Random random, OldStore store) throws IOException {
        Path last = store.file(Math.max(0, store.end() - 1));
        if (!Files.exists(last)) {
            return;
        }
        switch (random.nextInt(10)) {
            case 0, 1 -> {
                long at = random.nextLong(store.end());
                OldStore.flip(store.file(at), at % OldStore.FILE_BYTES);
            }
            case 2 -> {
                if (store.end() % OldStore.FILE_BYTES < OldStore.FILE_BYTES - 20) {
                    store.tear("\0\0\0\u007fgarbage");
                }
            }
            case 3 -> Files.delete(last);
            case 4 -> Files.delete(store.file(random.nextLong(store.end())));
            default -> {}
        }
    }

    /** Sometimes somebody accepted damage, the one that is there or another. */
    private static void accept(Random random, Case one, String node) throws IOException {
        if (random.nextInt(4) > 0) {
            return;
        }
        GroupConfig config = config(one, node);
        MemberFacts.MemberLog log = new MemberInspector(
                        node,
                        OriginLocations.of(node, config.origin().settings()),
                        MemberInspector.preferences(config),
                        text -> {})
                .inspect()
                .facts()
                .log();
        requireNonNull(one.settings.get(node))
                .add("legacyAcceptDamage=" + (log.end() + (random.nextInt(4) == 0 ? 1 : 0)));
    }

    private static void delete(Path top) throws IOException {
        try (Stream<Path> files = Files.walk(top)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
