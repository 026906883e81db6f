package io.vledger.launcher;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The walls of the house: who may know whom, and what may be called where. */
class ArchitectureTest {
    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.vledger");

    private static void check(ArchRule rule) {
        rule.check(ALL);
    }

    @Test
    void allModulesAreLookedAt() {
        assertThat(ALL.stream().map(c -> c.getPackageName().split("\\.")[2]).distinct())
                .contains("api", "kernel", "raft", "store", "remoting", "broker", "nameservice", "http", "launcher");
    }

    @Test
    void theRaftCoreKnowsTheJdkOnly() {
        check(classes()
                .that()
                .resideInAPackage("io.vledger.raft")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.vledger.raft", "java..", "org.jspecify..")
                .because("decisions do no I/O; the simulator depends on it"));
    }

    @Test
    void decisionsReadNoClockAndStartNoThread() {
        for (String owner : List.of("java.lang.Thread", "java.util.concurrent.ThreadLocalRandom", "java.util.Random")) {
            check(noClasses()
                    .that()
                    .resideInAnyPackage("io.vledger.raft", "io.vledger.raft.driver", "io.vledger.broker.state")
                    .should()
                    .dependOnClassesThat()
                    .haveFullyQualifiedName(owner)
                    .because("the simulator runs these classes in virtual time"));
        }
        for (String method : List.of("currentTimeMillis", "nanoTime")) {
            check(noClasses()
                    .that()
                    .resideInAnyPackage("io.vledger.raft", "io.vledger.raft.driver", "io.vledger.broker.state")
                    .should()
                    .callMethod(System.class, method)
                    .because("time is an argument"));
        }
    }

    @Test
    void pluginsMeetInServicesOnly() {
        List<String> plugins = List.of("broker", "remoting", "nameservice", "http", "hazelcast", "store", "raft");
        for (String plugin : plugins) {
            for (String other : plugins) {
                if (!plugin.equals(other)) {
                    check(noClasses()
                            .that()
                            .resideInAPackage("io.vledger." + plugin + "..")
                            .should()
                            .dependOnClassesThat(resideInAPackage("io.vledger." + other + ".."))
                            .because("each plugin has a class loader of its own"));
                }
            }
            check(noClasses()
                    .that()
                    .resideInAPackage("io.vledger." + plugin + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("io.vledger.kernel..", "io.vledger.launcher..")
                    .because("plugins know the API, not the host"));
        }
    }

    @Test
    void theInternalsOfVertxAreUsedByTheTransportsOnly() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages("..wire..", "io.vledger.remoting.connection")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.vertx.core.internal..")
                .because("they change without notice"));
    }

    @Test
    void theClassesOfRemotingFormNoCircles() {
        check(slices().assignedFrom(classesOf("io.vledger.remoting"))
                .should()
                .beFreeOfCycles()
                .because("a request, its connection and their loop were one knot before"));
    }

    /** Each top-level class of a package and those below is a slice of its own. */
    private static SliceAssignment classesOf(String root) {
        return new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
                boolean inside = (javaClass.getPackageName() + ".").startsWith(root + ".");
                return inside ? SliceIdentifier.of(javaClass.getName().split("\\$")[0]) : SliceIdentifier.ignore();
            }

            @Override
            public String getDescription() {
                return "the classes of " + root;
            }
        };
    }

    @Test
    void onlyTheLauncherEndsTheProcess() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("io.vledger.launcher..")
                .should()
                .callMethod(System.class, "exit", int.class)
                .because("exit codes belong to the command line"));
    }

    @Test
    void nobodySleeps() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("io.vledger.launcher..")
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .because("what is waited for has an event"));
    }

    @Test
    void namesSayWhatAClassDoes() {
        check(noClasses()
                .should()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .because("such names say nothing of the responsibility"));
    }

    @Test
    void everyPackageHasItsEssay() throws IOException {
        List<Path> without = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(".."))) {
            files.filter(Files::isDirectory)
                    .filter(directory -> directory.toString().replace('\\', '/').contains("/src/main/java/"))
                    .filter(directory -> !directory.toString().contains("acceptance"))
                    .filter(ArchitectureTest::hasClasses)
                    .filter(directory -> !Files.exists(directory.resolve("package-info.java")))
                    .forEach(without::add);
        }
        assertThat(without).isEmpty();
    }

    private static boolean hasClasses(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(file -> file.toString().endsWith(".java"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
