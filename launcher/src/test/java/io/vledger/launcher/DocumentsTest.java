package io.vledger.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documents of the project: links lead somewhere, nothing is said twice, the README stays short. */
class DocumentsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```");

    @Test
    void everyLinkLeadsToAFileAndAHeading() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path page : pages()) {
            Matcher link = LINK.matcher(FENCE.matcher(Files.readString(page)).replaceAll(""));
            while (link.find()) {
                String target = link.group(1);
                if (!target.contains("://") && !leadsSomewhere(page, target)) {
                    broken.add(ROOT.relativize(page) + ": " + target);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void noSentenceIsWrittenTwice() throws IOException {
        Map<String, Path> first = new HashMap<>();
        List<String> repeated = new ArrayList<>();
        for (Path page : pages()) {
            for (String sentence : sentences(Files.readString(page))) {
                Path before = first.putIfAbsent(sentence, page);
                if (before != null) {
                    repeated.add(ROOT.relativize(before) + " and " + ROOT.relativize(page) + ": " + sentence);
                }
            }
        }
        assertThat(repeated).isEmpty();
    }

    @Test
    void theReadmeIsReadInFiveMinutes() throws IOException {
        assertThat(Files.readAllLines(ROOT.resolve("README.md"))).hasSizeLessThanOrEqualTo(150);
    }

    @Test
    void everyModuleHasAReadmeThatTheArchitectureNames() throws IOException {
        String architecture = Files.readString(ROOT.resolve("ARCHITECTURE.md"));
        Matcher module = Pattern.compile("<module>([^<]+)</module>").matcher(Files.readString(ROOT.resolve("pom.xml")));
        while (module.find()) {
            String name = module.group(1);
            if (!name.startsWith("launcher/acceptance")) {
                assertThat(ROOT.resolve(name).resolve("README.md")).exists();
                assertThat(architecture).contains("(" + name + "/README.md)");
            }
        }
    }

    private static boolean leadsSomewhere(Path page, String target) throws IOException {
        int hash = target.indexOf('#');
        String file = hash < 0 ? target : target.substring(0, hash);
        Path path = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        if (!Files.exists(path)) {
            return false;
        }
        return hash < 0
                || Files.readAllLines(path).stream()
                        .filter(line -> line.startsWith("#"))
                        .anyMatch(line -> anchor(line).equals(target.substring(hash + 1)));
    }

    /** The anchor that GitHub gives a heading. */
    private static String anchor(String heading) {
        return heading.replaceFirst("^#+\\s*", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    /** Sentences of prose that are long enough not to be the same by chance. */
    private static List<String> sentences(String page) {
        String prose = FENCE.matcher(page).replaceAll("\n\n").replaceAll("(?m)^(\\||#).*$", "");
        return Stream.of(prose.split("\n\\s*\n"))
                .map(paragraph -> paragraph.replaceAll("\\s+", " ").trim())
                .flatMap(paragraph -> Stream.of(paragraph.split("(?<=[.:;?!]) ")))
                .filter(sentence -> sentence.length() > 60)
                .toList();
    }

    /** Every page of the project. */
    static List<Path> pages() throws IOException {
        try (Stream<Path> all = Files.walk(ROOT)) {
            return all.filter(path -> path.toString().endsWith(".md"))
                    .filter(path -> !path.toString().contains("/target/")
                            && !path.toString().contains("/.git/"))
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
