package io.vledger.guardrails;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** All rules about who may use what, by the sentence that a break of them is reported under. */
final class ClassRules {
    /** What the simulator runs in virtual time, or what members must compute alike. */
    private static final String[] DECISIONS = {"io.vledger.raft", "io.vledger.raft.driver", "io.vledger.broker.state"};

    private ClassRules() {}

    static Map<String, ArchRule> all() {
        Map<String, ArchRule> rules = new TreeMap<>();
        rules.put("packages use each other in one direction", noCycles());
        rules.put("the classes of remoting form no circles", noClassCycles("io.vledger.remoting"));
        rules.put("modules use only what the picture of the house allows", arrows(ClassFiles::module));
        rules.put("the Raft core knows the JDK only", raftCore());
        rules.put("decisions read no clock, start no thread and draw no numbers", decisions(DECISIONS));
        rules.put("what members agree on is decided by a pure class", agreement());
        rules.put("the Raft core does no I/O", coreDoesNoIo());
        rules.put("the internals of Vert.x are used in wire packages only", vertxInternals());
        rules.put("only the launcher ends the process", exits());
        return rules;
    }

    static ArchRule noCycles() {
        return slices().matching("io.vledger.(**)").should().beFreeOfCycles();
    }

    /** Each top-level class of a package and of those below is a slice: a request, its connection and their loop were a knot. */
    static ArchRule noClassCycles(String root) {
        return slices().assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass type) {
                        boolean inside = (type.getPackageName() + ".").startsWith(root + ".");
                        return inside ? SliceIdentifier.of(type.getName().split("\\$")[0]) : SliceIdentifier.ignore();
                    }

                    @Override
                    public String getDescription() {
                        return "the classes of " + root;
                    }
                })
                .should()
                .beFreeOfCycles();
    }

    static ArchRule arrows(Function<JavaClass, String> module) {
        return classes().should(new ArchCondition<>("use only what Modules.ARROWS allows") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                String from = module.apply(type);
                Set<String> allowed = Modules.ARROWS.getOrDefault(from, Set.of());
                for (Dependency use : type.getDirectDependenciesFromSelf()) {
                    String to = module.apply(use.getTargetClass());
                    if (!to.isEmpty() && !to.equals(from) && !allowed.contains(to)) {
                        events.add(SimpleConditionEvent.violated(
                                type, from + " may not use " + to + ": " + use.getDescription()));
                    }
                }
            }
        });
    }

    private static ArchRule raftCore() {
        return classes()
                .that()
                .resideInAPackage("io.vledger.raft")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.vledger.raft", "java..", "org.jspecify..");
    }

    private static ArchRule coreDoesNoIo() {
        return noClasses()
                .that()
                .resideInAPackage("io.vledger.raft")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.io..", "java.nio.channels..", "java.nio.file..", "java.net..");
    }

    static ArchRule decisions(String... packages) {
        return noClasses()
                .that()
                .resideInAnyPackage(packages)
                .should(useCode("read a clock, start a thread or draw a random number", ClassRules::impure))
                .allowEmptyShould(true);
    }

    private static ArchRule agreement() {
        return noClasses()
                .that()
                .haveNameMatching("io\\.vledger\\.importer\\.agree\\.Agreement(\\$.*)?")
                .should(useCode("read a clock, start a thread or draw a random number", ClassRules::impure));
    }

    private static boolean impure(JavaCodeUnitAccess<?> access) {
        String owner = access.getTargetOwner().getName();
        String name = access.getTarget().getName();
        return switch (owner) {
            case "java.lang.System" -> name.equals("nanoTime") || name.equals("currentTimeMillis");
            case "java.lang.Thread",
                    "java.lang.ProcessHandle",
                    "java.util.Random",
                    "java.util.SplittableRandom",
                    "java.util.concurrent.ThreadLocalRandom",
                    "java.util.concurrent.Executors" -> true;
            case "java.lang.Math" -> name.equals("random");
            case "java.util.UUID" -> name.equals("randomUUID");
            default -> owner.startsWith("java.time.") && name.equals("now");
        };
    }

    /** A condition on calls and method references alike; the calls that ArchUnit itself knows leave the references out. */
    private static ArchCondition<JavaClass> useCode(
            String what, java.util.function.Predicate<JavaCodeUnitAccess<?>> use) {
        return new ArchCondition<>(what) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getCodeUnitAccessesFromSelf().stream()
                        .filter(use)
                        .forEach(access -> events.add(SimpleConditionEvent.satisfied(type, access.getDescription())));
            }
        };
    }

    private static ArchRule vertxInternals() {
        return noClasses()
                .that(new DescribedPredicate<>("are no part of a wire or connection package") {
                    @Override
                    public boolean test(JavaClass type) {
                        return !type.getPackageName().matches(".*\\.(wire|connection|frame)(\\..*)?");
                    }
                })
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.vertx.core.internal..");
    }

    static ArchRule exits() {
        return noClasses()
                .that()
                .resideOutsideOfPackage("io.vledger.launcher..")
                .should(useCode(
                        "end the process",
                        access -> access.getTargetOwner().getName().matches("java\\.lang\\.(System|Runtime)")
                                && access.getTarget().getName().matches("exit|halt")));
    }
}
