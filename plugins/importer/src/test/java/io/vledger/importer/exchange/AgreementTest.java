package io.vledger.importer.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.importer.exchange.Decision.Difference;
import io.vledger.importer.exchange.Decision.FileComparison;
import io.vledger.importer.exchange.MemberFacts.LogFile;
import io.vledger.importer.exchange.MemberFacts.OldLog;
import io.vledger.importer.exchange.MemberFacts.State;
import io.vledger.importer.exchange.MemberFacts.Wishes;
import io.vledger.importer.legacy.Framing;
import io.vledger.importer.survey.Finding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AgreementTest {
    private static final int FILE = 8;

    /**
     * A log in small: a byte each message, 0 for one that is damaged.
     *
     * @param bytes from position 0
     */
    private record Model(String node, byte[] bytes) {
        int wound() {
            for (int i = 0; i < bytes.length; i++) {
                if (bytes[i] == 0) {
                    return i;
                }
            }
            return -1;
        }

        MemberFacts facts() {
            List<LogFile> files = new ArrayList<>();
            for (int at = 0; at < bytes.length; at += FILE) {
                int counted = Math.min(FILE, bytes.length - at);
                files.add(new LogFile(
                        at,
                        FILE,
                        Framing.CLASSIC,
                        counted,
                        Arrays.toString(Arrays.copyOfRange(bytes, at, at + counted))));
            }
            OldLog log = new OldLog("CLASSIC", files, bytes.length, bytes.length, "", -1, -1);
            return new MemberFacts(
                    node,
                    bytes.length == 0 ? State.EMPTY : State.OLD,
                    "",
                    new Wishes("", false, 1),
                    node.equals("n0"),
                    bytes.length == 0 ? OldLog.NONE : log,
                    List.of(),
                    Map.of(),
                    List.of());
        }
    }

    private static Difference look(Map<String, Model> models, FileComparison comparison) {
        byte[] a = models.get(comparison.a()).bytes;
        byte[] b = models.get(comparison.b()).bytes;
        int from = (int) comparison.position();
        int to = from + (int) comparison.length();
        for (int i = from; i < to; i++) {
            if (a[i] != b[i]) {
                return new Difference(i, fault(a, from, to), fault(b, from, to), "m" + a[i], "m" + b[i], -1);
            }
        }
        return Difference.SAME;
    }

    private static String fault(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == 0) {
                return "position " + i;
            }
        }
        return "";
    }

    private static Decision settle(List<Model> models) {
        Map<String, Model> byName = new HashMap<>();
        models.forEach(model -> byName.put(model.node, model));
        Map<FileComparison, Difference> differences = new HashMap<>();
        for (int round = 0; round < 100; round++) {
            Decision decision =
                    Agreement.decide(models.stream().map(Model::facts).toList(), differences);
            if (!(decision instanceof Decision.NeedComparison look)) {
                return decision;
            }
            assertThat(look.at()).isNotEmpty().noneMatch(differences::containsKey);
            look.at().forEach(comparison -> differences.put(comparison, look(byName, comparison)));
        }
        throw new AssertionError("asks for ever");
    }

    /** Whatever the members have: no good message of any of them is lost without people being asked. */
    @Test
    void noMessageIsLostSilently() {
        long first = Long.getLong("vledger.seed", 1);
        long last = Long.getLong("vledger.seed", 3_000);
        int sources = 0;
        int stops = 0;
        for (long seed = first; seed <= last; seed++) {
            List<Model> models = models(new Random(seed));
            Decision decision = settle(models);
            if (decision instanceof Decision.Source source) {
                sources++;
                check(seed, models, source.node());
            } else if (decision instanceof Decision.Stop stop) {
                stops++;
                assertThat(String.join(" ", stop.problems()))
                        .as("seed %s", seed)
                        .isNotBlank();
                assertThat(plainlyGood(models))
                        .as("seed %s: stops for nothing", seed)
                        .isFalse();
            } else {
                assertThat(models).as("seed %s", seed).allMatch(model -> model.bytes.length == 0);
            }
        }
        if (first != last) {
            assertThat(sources).isGreaterThan(100);
            assertThat(stops).isGreaterThan(100);
        }
    }

    private static void check(long seed, List<Model> models, String node) {
        byte[] source = models.stream()
                .filter(model -> model.node.equals(node))
                .findFirst()
                .orElseThrow()
                .bytes;
        for (Model model : models) {
            for (int i = 0; i < model.bytes.length; i++) {
                if (model.bytes[i] != 0) {
                    boolean wounded = fileWounded(model, i);
                    assertThat(i < source.length && (source[i] == model.bytes[i] || wounded))
                            .as("seed %s: -Dvledger.seed=%s, %s position %s", seed, seed, model.node, i)
                            .isTrue();
                }
            }
        }
    }

    /** Whether damage lies in the file or before: what follows it there counts less than what is whole. */
    private static boolean fileWounded(Model model, int position) {
        return model.wound() >= 0 && position >= model.wound() / FILE * FILE;
    }

    private static boolean plainlyGood(List<Model> models) {
        byte[] longest = new byte[0];
        for (Model model : models) {
            if (model.bytes.length > longest.length) {
                longest = model.bytes;
            }
        }
        byte[] best = longest;
        return models.stream()
                .allMatch(model ->
                        model.wound() < 0 && Arrays.equals(model.bytes, Arrays.copyOf(best, model.bytes.length)));
    }

    private static List<Model> models(Random random) {
        byte[] common = new byte[random.nextInt(5 * FILE)];
        for (int i = 0; i < common.length; i++) {
            common[i] = (byte) (1 + random.nextInt(100));
        }
        List<Model> models = new ArrayList<>();
        for (int n = 0; n < 3; n++) {
            byte[] bytes =
                    Arrays.copyOf(common, random.nextInt(3) == 0 ? common.length : random.nextInt(common.length + 1));
            if (bytes.length > 0) {
                int kind = random.nextInt(5);
                if (kind == 0) {
                    bytes[random.nextInt(bytes.length)] = 0;
                } else if (kind == 1) {
                    bytes[random.nextInt(bytes.length)] = (byte) (101 + random.nextInt(20));
                }
            }
            models.add(new Model("n" + n, bytes));
        }
        return models;
    }

    private static MemberFacts with(MemberFacts facts, Wishes wishes, OldLog log, List<Finding> findings) {
        return new MemberFacts(
                facts.node(),
                facts.state(),
                facts.identity(),
                wishes,
                facts.master(),
                log,
                facts.index(),
                facts.configuration(),
                findings);
    }

    private static final Wishes NONE = new Wishes("", false, 1);

    private static MemberFacts old(String node, String bytes) {
        return new Model(node, bytes.getBytes(java.nio.charset.StandardCharsets.US_ASCII)).facts();
    }

    @Test
    void refusalsStopAndNameTheMember() {
        MemberFacts bad = with(
                old("n1", "abc"),
                NONE,
                old("n1", "abc").log(),
                List.of(new Finding(Finding.Kind.UNSUPPORTED, "storeType=defaultRocksDB")));
        assertThat(Agreement.decide(List.of(old("n0", "abc"), bad), Map.of()))
                .isEqualTo(new Decision.Stop(List.of("n1: storeType=defaultRocksDB")));
    }

    @Test
    void aNamedSourceCountsWhateverTheOthersHave() {
        MemberFacts named = with(
                old("n0", "abc"), new Wishes("n0", false, 1), old("n0", "abc").log(), List.of());
        MemberFacts other = with(
                old("n1", "axyz"),
                NONE,
                old("n1", "axyz").log(),
                List.of(new Finding(Finding.Kind.GAP, "cut somewhere")));
        assertThat(Agreement.decide(List.of(named, other), Map.of()))
                .isInstanceOfSatisfying(Decision.Source.class, source -> assertThat(source.node())
                        .isEqualTo("n0"));
        MemberFacts held = with(
                old("n1", "axyz"),
                NONE,
                old("n1", "axyz").log(),
                List.of(new Finding(Finding.Kind.HELD_BY_RUNNING_BROKER, "stop it")));
        assertThat(Agreement.decide(List.of(named, held), Map.of())).isInstanceOf(Decision.Stop.class);
    }

    @Test
    void twoNamedSourcesStop() {
        MemberFacts a = with(
                old("n0", "abc"), new Wishes("n0", false, 1), old("n0", "abc").log(), List.of());
        MemberFacts b = with(
                old("n1", "abc"), new Wishes("n1", false, 1), old("n1", "abc").log(), List.of());
        assertThat(Agreement.decide(List.of(a, b), Map.of())).isInstanceOf(Decision.Stop.class);
    }

    @Test
    void aDamagedMemberThatReachesFurtherStops() {
        OldLog damaged = new OldLog(
                "CLASSIC",
                old("n1", "abcdefgh").log().files(),
                4,
                20,
                "position 4 (torn): good messages follow",
                -1,
                -1);
        MemberFacts further = with(old("n1", "abcdefgh"), NONE, damaged, List.of());
        assertThat(Agreement.decide(List.of(old("n0", "abcdefgh"), further), Map.of()))
                .isInstanceOfSatisfying(
                        Decision.Stop.class, stop -> assertThat(stop.problems().get(0))
                                .contains("n1 is damaged at position 4", "up to position 20"));
    }

    @Test
    void factsSurviveTheirJson() {
        MemberFacts facts = with(
                old("n1", "abcdefghijkl"),
                new Wishes("n0", true, 7),
                old("n1", "abcdefghijkl").log(),
                List.of(new Finding(Finding.Kind.TORN_TAIL, "r")));
        assertThat(MemberFacts.of(
                        new io.vertx.core.json.JsonObject(facts.toJson().toBuffer())))
                .isEqualTo(facts);
    }
}
