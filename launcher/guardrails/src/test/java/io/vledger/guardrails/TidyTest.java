package io.vledger.guardrails;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The sources and documents of every module obey {@link SourceRules}. There is no list of exceptions. */
class TidyTest {
    @TestFactory
    List<DynamicTest> everySourceObeys() {
        List<SourceFile> sources = Repository.sources();
        return SourceRules.all().entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(
                        rule.getKey(),
                        () -> assertThat(rule.getValue().check(sources)).isEmpty()))
                .toList();
    }

    @Test
    void documentsArePlainEnglish() throws IOException {
        List<Finding> found = new ArrayList<>();
        for (String ending : List.of(".md", ".json", ".properties")) {
            for (Path file : Repository.files(ending)) {
                String path = Repository.ROOT.relativize(file).toString().replace('\\', '/');
                WordRules.inText(path, Files.readAllLines(file), found);
            }
        }
        assertThat(found).isEmpty();
    }
}
