package io.vledger.guardrails;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
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

    @TestFactory
    List<DynamicTest> everyClassObeys() {
        return ClassRules.all().entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(rule.getKey(), () -> assertThat(
                                rule.getValue().evaluate(ALL).getFailureReport().getDetails())
                        .isEmpty()))
                .toList();
    }
}
