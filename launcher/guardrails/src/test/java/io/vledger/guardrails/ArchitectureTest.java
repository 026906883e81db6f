package io.vledger.guardrails;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The class files of every module obey {@link ClassRules}. */
class ArchitectureTest {
    private static final JavaClasses ALL = ClassFiles.importAll();

    @Test
    void everyModuleIsLookedAt() {
        assertThat(ClassFiles.modules().keySet())
                .containsAll(Modules.ARROWS.keySet())
                .as("every module has a line in Modules.ARROWS")
                .isSubsetOf(Modules.ARROWS.keySet());
        Set<String> seen = ALL.stream().map(ClassFiles::module).collect(Collectors.toSet());
        assertThat(seen).as("modules with class files").containsAll(Modules.ARROWS.keySet());
    }

    /** By the module of the analysis, or by itself. */
    @Test
    void allSourcesAreAnalysed() throws IOException {
        String together = Files.readString(Repository.ROOT.resolve("launcher/guardrails/analysis/pom.xml"));
        List<Path> missed = new ArrayList<>();
        for (Path pom : Repository.files("pom.xml")) {
            boolean alone = Files.readString(pom).contains("<analysis.plugin>${errorprone.plugin}</analysis.plugin>");
            for (String kind : List.of("main", "test", "jmh")) {
                Path sources = pom.resolveSibling("src/" + kind + "/java");
                String listed = "<source>${root}/" + Repository.ROOT.relativize(sources) + "</source>";
                if (Files.isDirectory(sources) && !alone && !together.contains(listed)) {
                    missed.add(sources);
                }
            }
        }
        assertThat(missed)
                .as("sources that launcher/guardrails/analysis/pom.xml does not list")
                .isEmpty();
    }

    @TestFactory
    List<DynamicTest> everyClassObeys() {
        return ClassRules.all().entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(rule.getKey(), () -> assertThat(
                                rule.getValue().evaluate(ALL).getFailureReport().getDetails())
                        .isEmpty()))
                .toList();
    }
}
