package io.vledger.importer.agree;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vledger.importer.agree.Decision.Difference;
import io.vledger.importer.agree.Decision.FileComparison;
import io.vledger.importer.agree.MemberFacts.LogFile;
import io.vledger.importer.agree.MemberFacts.MemberLog;
import io.vledger.importer.agree.MemberFacts.Preferences;
import io.vledger.importer.agree.MemberFacts.State;
import io.vledger.importer.format.Damage.Range;
import io.vledger.importer.format.Framing;
import io.vledger.importer.inspect.Finding;
import io.vledger.importer.inspect.TailDamage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AgreementTest {
    private static final int FILE = 8;

    /**
     * A log in small: a byte each message, 0 for one that cannot be read.
     *
     * @param bytes from position 0
     */
    private record Model(String node, byte[] bytes) {
        /** Position behind the last message that can be read. */
        int reach() {
            int reach = bytes.length;
            while (reach > 0 && bytes[reach - 1] == 0) {
                reach--;
            }
            return reach;
        }

        List<Range> unreadable() {
            List<Range> ranges = new ArrayList<>();
            for (int i = 0; i < reach(); i++) {
                if (bytes[i] == 0) {
                    int from = i;
                    while (bytes[i] == 0) {
                        i++;
                    }
                    ranges.add(new Range(from, i));
                }
            }
            return ranges;
        }

        boolean whole() {
            return unreadable().isEmpty();
        }

        MemberFacts facts() {
            List<LogFile> files = new ArrayList<>();
            for (int at = 0; at < reach(); at += FILE) {
                int counted = Math.min(FILE, reach() - at);
                files.add(new LogFile(
                        at,
                        FILE,
                        Framing.CLASSIC,
                        counted,
                        Arrays.toString(Arrays.copyOfRange(bytes, at, at + counted))));
            }
            TailDamage broken = whole()
                    ? null
                    : new TailDamage(unreadable().get(0).from(), reach(), unreadable(), false, node + " is damaged");
            MemberLog log = new MemberLog("CLASSIC", files, broken == null ? reach() : broken.end(), broken, -1, -1, 0);
            return new MemberFacts(
                    node,
                    bytes.length == 0 ? State.EMPTY : State.OLD,
                    "",
                    NONE,
                    new MemberFacts.Origin(
                            node.equals("n0"), bytes.length == 0 ? MemberLog.NONE : log, List.of(), Map.of()),
                    List.of());
        }
    }

    private static Difference compare(Map<String, Model> models, FileComparison comparison) {
        byte[] a = requireNonNull(models.get(comparison.a())).bytes;
        byte[] b = requireNonNull(models.get(comparison.b())).bytes;
        int from = (int) comparison.position();
        int to = from + (int) comparison.length();
        for (int i = from; i < to; i++) {
            int at = i;
            if (a[i] != b[i]
                    && comparison.unreadable().stream().noneMatch(range -> range.from() <= at && at < range.to())) {
                return new Difference(i, "m" + a[i], "m" + b[i], -1);
            }
        }
        return Difference.NONE;
    }

    private static Decision settle(List<Model> models) {
        Map<String, Model> byName = new HashMap<>();
        models.forEach(model -> byName.put(model.node, model));
        Map<FileComparison, Difference> differences = new HashMap<>();
        for (int round = 0; round < 100; round++) {
            Decision decision =
                    Agreement.decide(models.stream().map(Model::facts).toList(), differences);
            if (!(decision instanceof Decision.NeedComparison need)) {
                return decision;
            }
            assertThat(need.at()).isNotEmpty().noneMatch(differences::containsKey);
            need.at().forEach(comparison -> differences.put(comparison, compare(byName, comparison)));
        }
        throw new AssertionError("asks for ever");
    }

    /** Whatever the members have: no message that can be read is lost without people being asked, and they are asked for nothing else. */
    @Test
    void noMessageIsLostSilently() {
        long first = Long.getLong("vledger.seed", 1);
        long last = Long.getLong("vledger.seed", 3_000);
        int sources = 0;
        int helped = 0;
        int stops = 0;
        for (long seed = first; seed <= last; seed++) {
            List<Model> models = models(new Random(seed));
            Decision decision = settle(models);
            if (decision instanceof Decision.Source source) {
                sources++;
                helped += models.stream().allMatch(Model::whole) ? 0 : 1;
                check(seed, models, source.node());
            } else if (decision instanceof Decision.Stop stop) {
                stops++;
                assertThat(String.join(" ", stop.problems()))
                        .as("seed %s", seed)
                        .isNotBlank();
                assertThat(models)
                        .as("-Dvledger.seed=%s: stops for nothing", seed)
                        .noneMatch(model -> model.whole() && model.bytes.length > 0 && hasAll(model, models));
            } else {
                assertThat(models).as("-Dvledger.seed=%s", seed).allMatch(model -> model.bytes.length == 0);
            }
        }
        if (first != last) {
            assertThat(sources).isGreaterThan(100);
            assertThat(helped).isGreaterThan(100);
            assertThat(stops).isGreaterThan(100);
        }
    }

    private static void check(long seed, List<Model> models, String node) {
        Model source = models.stream()
                .filter(model -> model.node.equals(node))
                .findFirst()
                .orElseThrow();
        assertThat(source.whole())
                .as("-Dvledger.seed=%s: %s is whole", seed, node)
                .isTrue();
        assertThat(hasAll(source, models))
                .as("-Dvledger.seed=%s: %s has all that any member can read", seed, node)
                .isTrue();
    }

    private static boolean hasAll(Model source, List<Model> models) {
        return models.stream().allMatch(model -> IntStream.range(0, model.bytes.length)
                .allMatch(i -> model.bytes[i] == 0 || (i < source.bytes.length && source.bytes[i] == model.bytes[i])));
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

    private static MemberFacts with(MemberFacts facts, Preferences preferences, MemberLog log, List<Finding> findings) {
        return new MemberFacts(
                facts.node(),
                facts.state(),
                facts.identity(),
                preferences,
                new MemberFacts.Origin(
                        facts.master(), log, facts.index(), facts.origin().configuration()),
                findings);
    }

    private static final Preferences NONE = new Preferences("", false, 1, -1);

    private static MemberFacts old(String node, String bytes) {
        return model(node, bytes).facts();
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
                old("n0", "abc"),
                new Preferences("n0", false, 1, -1),
                old("n0", "abc").log(),
                List.of());
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
                old("n0", "abc"),
                new Preferences("n0", false, 1, -1),
                old("n0", "abc").log(),
                List.of());
        MemberFacts b = with(
                old("n1", "abc"),
                new Preferences("n1", false, 1, -1),
                old("n1", "abc").log(),
                List.of());
        assertThat(Agreement.decide(List.of(a, b), Map.of())).isInstanceOf(Decision.Stop.class);
    }

    @Test
    void aDamagedMemberThatReachesFurtherStops() {
        assertThat(settle(List.of(model("n0", "abcdefgh"), model("n1", "abc\0efghij"))))
                .isInstanceOfSatisfying(
                        Decision.Stop.class, stop -> assertThat(stop.problems().get(0))
                                .contains("n1 is damaged", "n0 ends at position 8, before 10"));
    }

    @Test
    void aDamagedMemberWhoseOtherMessagesAreOthersStops() {
        assertThat(settle(List.of(model("n0", "abcdefgh"), model("n1", "abc\0efXh"))))
                .isInstanceOfSatisfying(
                        Decision.Stop.class,
                        stop -> assertThat(stop.problems().get(0)).contains("n1 and n0 differ at position 6"));
    }

    @Test
    void aDamagedMemberTakesWhatItLacksAlsoInTheLastFile() {
        assertThat(settle(List.of(model("n0", "abc\0e"), model("n1", "abcdefgh"))))
                .isInstanceOfSatisfying(Decision.Source.class, source -> {
                    assertThat(source.node()).isEqualTo("n1");
                    assertThat(source.report())
                            .anyMatch(line -> line.startsWith("n0 is damaged or cut short at position 3"));
                });
    }

    private static Model model(String node, String bytes) {
        return new Model(node, bytes.getBytes(StandardCharsets.US_ASCII));
    }

    /** What a member of a DLedger group has: entries up to a position, its last term, and what it knew to be committed. */
    private static MemberFacts dledger(
            String node, String bytes, long lastTerm, long committedIndex, long committedEnd) {
        MemberFacts classic = old(node, bytes);
        MemberLog log = new MemberLog(
                "DLEDGER", classic.log().files(), bytes.length(), null, lastTerm, committedIndex, committedEnd);
        return with(classic, NONE, log, List.of());
    }

    private static Decision failedOver(MemberFacts leader, MemberFacts other, MemberFacts third, long entry) {
        Map<FileComparison, Difference> differences = new HashMap<>();
        for (MemberFacts member : List.of(other, third)) {
            differences.put(
                    new FileComparison(leader.node(), member.node(), 0, 6, List.of()),
                    member.node().equals(third.node())
                                    && third.log().lastTerm() == leader.log().lastTerm()
                            ? Difference.NONE
                            : new Difference(4, "of the leader", "of the other", entry));
        }
        return Agreement.decide(List.of(leader, other, third), differences);
    }

    /** The group went on to commit 289 in a later term; that says nothing of the 240 of another content that one member kept. */
    @Test
    void whatAFailOverLeftIsJudgedByTheMembersOwnCommittedIndex() {
        MemberFacts leader = dledger("n0", "abcdXY", 7, 289, 6);
        MemberFacts follower = dledger("n2", "abcdXY", 7, 289, 6);
        assertThat(failedOver(leader, dledger("n1", "abcdef", 6, 239, 4), follower, 240))
                .isInstanceOfSatisfying(Decision.Source.class, source -> assertThat(source.report())
                        .anyMatch(line -> line.contains("were never committed")));
        assertThat(failedOver(leader, dledger("n1", "abcdef", 6, 240, 4), follower, 240))
                .as("it knew of the commit")
                .isInstanceOf(Decision.Stop.class);
    }

    /** DLedger 0.4 keeps no committed index, and 0.3 writes it every three seconds only. */
    @Test
    void whatAMemberShowedToConsumersWasCommittedWhateverItsCheckpointSays() {
        MemberFacts leader = dledger("n0", "abcdXY", 7, -1, 6);
        MemberFacts follower = dledger("n2", "abcdXY", 7, -1, 6);
        assertThat(failedOver(leader, dledger("n1", "abcdef", 6, -1, 4), follower, 240))
                .isInstanceOf(Decision.Source.class);
        assertThat(failedOver(leader, dledger("n1", "abcdef", 6, -1, 5), follower, 240))
                .as("a consume queue has it")
                .isInstanceOf(Decision.Stop.class);
    }

    @Test
    void entriesThatMostMembersHaveDoNotGiveWay() {
        MemberFacts leader = dledger("n0", "abcdXY", 7, 239, 4);
        assertThat(failedOver(leader, dledger("n1", "abcdef", 6, 239, 4), dledger("n2", "abcdef", 6, 239, 4), 240))
                .isInstanceOfSatisfying(
                        Decision.Stop.class,
                        stop -> assertThat(stop.problems().get(0)).contains("most members, [n1, n2]"));
    }

    @Test
    void factsSurviveTheirJson() {
        MemberFacts facts = with(
                old("n1", "abcdefghijkl"),
                new Preferences("n0", true, 7, 4),
                old("n1", "abcdefghijkl").log(),
                List.of(new Finding(Finding.Kind.TORN_TAIL, "r")));
        assertThat(MemberFactsJson.read(
                        new JsonObject(MemberFactsJson.write(facts).toBuffer())))
                .isEqualTo(facts);
    }
}
