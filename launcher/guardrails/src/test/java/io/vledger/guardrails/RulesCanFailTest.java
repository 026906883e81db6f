package io.vledger.guardrails;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.vledger.guardrails.planted.left.Left;
import io.vledger.guardrails.planted.right.Right;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each rule finds a violation that is planted for it, and nothing in a file that obeys. */
class RulesCanFailTest {
    private static final String PATH = "module/src/main/java/io/vledger/module/Planted.java";
    private static final String HEAD = "package io.vledger.module;\n\n";

    /** Sources that break a rule, and how often; the first is of a file beside an innocent one. */
    private record Planted(int findings, String... texts) {}

    private static void plantParameters(Map<String, Planted> planted) {
        planted.put(
                "a parameter list has eight entries at most",
                new Planted(
                        2,
                        """
                        class Planted {
                         Planted(int a, String b, int c, String d, int e, String f, int g, String h, int i) {}
                         void f(int a, String b, int c, String d, int e, String f, int g, String h, int i) {}
                         record Fine(int a, String b, int c, String d, int e, String f, int g, String h, int i) {
                          Fine {}
                         }
                        }
                        """));
        planted.put(
                "adjacent parameters of one primitive type are three at most",
                new Planted(
                        1,
                        """
                        class Planted {
                         void f(long a, long b, long c, long d) {}
                         void fine(long a, long b, long c, String d, long e) {}
                        }
                        """));
        String parts = "int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k";
        planted.put(
                "a record of more than ten parts is made by its builder",
                new Planted(
                        1,
                        "class Planted { Object made = new Other(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11); }",
                        "record Other(" + parts
                                + ") { Other none() { return new Other(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0); } }"));
    }

    private static Map<String, Planted> planted() {
        Map<String, Planted> planted = new TreeMap<>();
        planted.put("a class has fewer than 500 lines", new Planted(1, "class Planted {\n" + "\n".repeat(498) + "}\n"));
        planted.put(
                "a method has fewer than 60 lines",
                new Planted(1, "class Planted {\n void f() {\n" + "\n".repeat(58) + "}\n}\n"));
        plantParameters(planted);
        planted.put(
                "a wrapped comment leaves no orphaned word",
                new Planted(
                        1,
                        "class Planted {\n    // " + "long ".repeat(22) + "\n    // words\n    // go on here and on\n"
                                + "    // a short line\n    // ends\n}\n"));
        planted.put(
                "no banner is broken over two lines",
                new Planted(1, "class Planted {\n // ---- the other half\n // ------\n}\n"));
        planted.put(
                "nobody sleeps",
                new Planted(
                        4,
                        "class Planted { void f() throws Exception { Thread.sleep(1); TimeUnit.SECONDS.sleep(1);\n"
                                + "  java.util.concurrent.locks.LockSupport.parkNanos(1); Sleeper s = Thread::sleep; } }"));
        planted.put(
                "no port is raced for",
                new Planted(
                        1,
                        "class Planted { int f() throws Exception { try (ServerSocket s = new ServerSocket(0, 1, null)) {\n"
                                + " return s.getLocalPort(); } } }"));
        planted.put(
                "nothing decides by the text of a message",
                new Planted(
                        2,
                        "class Planted { boolean f(Exception e) { assertThat(e.getMessage()).contains(\"fine\");\n"
                                + "  return e.getMessage().contains(\"x\") || String.valueOf(e.getMessage()).startsWith(\"y\"); } }"));
        planted.put(
                "a constant is declared once",
                new Planted(
                        4,
                        "class Planted { static final int MASK_AT = 28; static final String A = \"TBW102\"; static final int RETRY_MS = 1000; }",
                        "class Other { static final int MASK_AT = 28; static final String B = \"TBW102\"; static final int RETRY_MS = 1000; }"));
        planted.put("every package says what it is for", new Planted(1, "class Planted {}"));
        planted.put("main code is @NullMarked", new Planted(1, "class Planted {}"));
        planted.put(
                "names and comments are plain English",
                new Planted(
                        4,
                        "/** Says the mend. */\nclass Planted {\n // whoever asks\n class Desk {}\n void itGoesOn() {}\n}\n"));
        return planted;
    }

    @TestFactory
    Stream<DynamicTest> eachSourceRuleFindsWhatIsPlanted() {
        Map<String, SourceRules.Rule> rules = SourceRules.all();
        Map<String, Planted> all = planted();
        assertThat(all.keySet()).as("a violation is planted for every rule").isEqualTo(rules.keySet());
        return all.entrySet().stream()
                .map(planted -> DynamicTest.dynamicTest(planted.getKey(), () -> {
                    List<SourceFile> files = new ArrayList<>();
                    for (String text : planted.getValue().texts()) {
                        files.add(SourceFile.parse(
                                files.isEmpty() ? PATH : PATH.replace("Planted", "Other"), HEAD + text));
                    }
                    assertThat(requireNonNull(rules.get(planted.getKey())).check(files))
                            .hasSize(planted.getValue().findings());
                }));
    }

    @Test
    void aFileThatObeysIsNotBlamed() {
        List<SourceFile> obedient = List.of(
                SourceFile.parse(
                        PATH, HEAD + "/** Counts. */\nclass Planted {\n // why\n int f(int a) { return a; }\n}\n"),
                SourceFile.parse(PATH.replace("Planted", "package-info"), "/** Here. */\n@NullMarked\n" + HEAD));
        SourceRules.all()
                .forEach((name, rule) ->
                        assertThat(rule.check(obedient)).as(name).isEmpty());
    }

    @Test
    void packagesThatUseEachOtherAreFound() {
        assertThatThrownBy(() -> ClassRules.noCycles().check(classes(Left.class, Right.class)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Cycle detected");
        ClassRules.noCycles().check(classes(Right.class));
        assertThatThrownBy(() -> ClassRules.noClassCycles("io.vledger.guardrails.planted")
                        .check(classes(Left.class, Right.class)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Cycle detected");
    }

    @Test
    void aModuleThatUsesOneBesideItIsFound() {
        assertThatThrownBy(() -> ClassRules.arrows(
                                type -> type.getPackageName().endsWith("left") ? "plugins/broker" : "plugins/remoting")
                        .check(classes(Left.class, Right.class)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("plugins/broker may not use plugins/remoting");
        ClassRules.arrows(type -> type.getPackageName().endsWith("left") ? "plugins/broker" : "kernel/api")
                .check(classes(Left.class));
    }

    @Test
    void aClockIsFoundInACallAndInAMethodReference() {
        assertThatThrownBy(() -> ClassRules.decisions("..left").check(classes(Left.class)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("nanoTime")
                .hasMessageContaining("currentTimeMillis");
        ClassRules.decisions("..right").check(classes(Right.class));
    }

    @Test
    void anExitIsFoundInAMethodReference() {
        assertThatThrownBy(() -> ClassRules.exits().check(classes(Left.class)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("exit");
        ClassRules.exits().check(classes(Right.class));
    }

    private static JavaClasses classes(Class<?>... types) {
        return new ClassFileImporter().importClasses(Arrays.asList(types));
    }
}
