package io.vledger.guardrails;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The sources and documents of every module obey {@link SourceRules}. */
class TidyTest {
    private static final String DOCUMENTS = "documents are plain English";

    @TestFactory
    @DisabledIfSystemProperty(named = "vledger.known.write", matches = "1")
    List<DynamicTest> everySourceObeys() {
        List<SourceFile> sources = Repository.sources();
        return SourceRules.all().entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(
                        rule.getKey(),
                        () -> Known.assertOnlyKnown(
                                rule.getKey(), rule.getValue().check(sources))))
                .toList();
    }

    /** For the day on which many files were put right: run with {@code -Dvledger.known.write=1}, and see that the list got shorter. */
    @Test
    @EnabledIfSystemProperty(named = "vledger.known.write", matches = "1")
    void theListOfKnownFilesIsWrittenAnew() throws IOException {
        Map<String, Set<String>> known = new TreeMap<>();
        List<SourceFile> sources = Repository.sources();
        SourceRules.all().forEach((name, rule) -> known.put(name, paths(rule.check(sources))));
        known.put(DOCUMENTS, paths(inDocuments()));
        ClassRules.all().forEach((name, rule) -> {
            if (rule.evaluate(ClassFiles.importAll()).hasViolation()) {
                known.put(name, Set.of("see the failure"));
            }
        });
        List<String> lines = new ArrayList<>();
        known.forEach((name, paths) -> {
            if (!paths.isEmpty()) {
                lines.add("## " + name);
                lines.addAll(paths);
            }
        });
        Path list = Path.of("src/test/resources/known.txt");
        Files.write(list, lines);
        assertThat(list).exists();
    }

    private static Set<String> paths(List<Finding> found) {
        return found.stream().map(Finding::path).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    @DisabledIfSystemProperty(named = "vledger.known.write", matches = "1")
    void documentsArePlainEnglish() throws IOException {
        Known.assertOnlyKnown(DOCUMENTS, inDocuments());
    }

    private static List<Finding> inDocuments() throws IOException {
        List<Finding> found = new ArrayList<>();
        for (String ending : List.of(".md", ".json", ".properties")) {
            for (Path file : Repository.files(ending)) {
                String path = Repository.ROOT.relativize(file).toString().replace('\\', '/');
                WordRules.inText(path, Files.readAllLines(file), found);
            }
        }
        return found;
    }
}
