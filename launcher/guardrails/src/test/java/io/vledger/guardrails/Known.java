package io.vledger.guardrails;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Files that broke a rule when the rule came, in {@code known.txt}. The list only gets shorter: a file that obeys again must be
 * taken off it, and no file is added.
 */
final class Known {
    private static final String RULE_MARK = "## ";
    private static final List<String> LINES = lines();

    private Known() {}

    private static List<String> lines() {
        try (InputStream in = Known.class.getResourceAsStream("/known.txt")) {
            return in == null
                    ? List.of()
                    : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The known files of a rule. */
    static Set<String> of(String rule) {
        Set<String> known = new TreeSet<>();
        boolean mine = false;
        for (String line : LINES) {
            if (line.startsWith(RULE_MARK)) {
                mine = line.equals(RULE_MARK + rule);
            } else if (mine && !line.isBlank()) {
                known.add(line);
            }
        }
        return known;
    }

    /** Nothing is found outside of the known files, and something in each of them. */
    static void assertOnlyKnown(String rule, List<Finding> found) {
        Set<String> known = of(rule);
        assertThat(found.stream().filter(finding -> !known.contains(finding.path())))
                .as(rule)
                .isEmpty();
        assertThat(known)
                .as("files that obey now: take them off known.txt")
                .isSubsetOf(found.stream().map(Finding::path).collect(Collectors.toSet()));
    }
}
