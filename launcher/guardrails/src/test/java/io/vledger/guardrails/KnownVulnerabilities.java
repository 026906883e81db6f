package io.vledger.guardrails;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds libraries on a class path in versions that a list names. */
final class KnownVulnerabilities {
    /** {@code group/with/slashes/artifact/version/artifact-version.jar}, as local repositories are laid out. */
    private static final Pattern JAR = Pattern.compile("(?:^|/)repository/(.+)/([^/]+)/([^/]+)/\\2-\\3[^/]*\\.jar$");

    private final List<Range> ranges = new ArrayList<>();

    private record Range(String group, String artifact, String from, String fixed, String identifier) {
        boolean has(Library library) {
            return group.equals(library.group())
                    && (artifact.equals("*") || artifact.equals(library.artifact()))
                    && compare(library.version(), from) >= 0
                    && compare(library.version(), fixed) < 0;
        }
    }

    /** A library of a class path. */
    record Library(String group, String artifact, String version) {}

    /** @param lines of the list; empty ones and those that begin with # are left out */
    KnownVulnerabilities(List<String> lines) {
        for (String line : lines) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] parts = line.strip().split("\\s+", 4);
            if (parts.length != 4 || !parts[0].contains(":")) {
                throw new IllegalArgumentException("no line of the list: " + line);
            }
            int colon = parts[0].indexOf(':');
            ranges.add(new Range(
                    parts[0].substring(0, colon), parts[0].substring(colon + 1), parts[1], parts[2], parts[3]));
        }
    }

    /** The libraries of a class path that come from a local repository. */
    static List<Library> libraries(List<String> classPath) {
        List<Library> found = new ArrayList<>();
        for (String entry : classPath) {
            Matcher jar = JAR.matcher(entry.replace('\\', '/'));
            if (jar.find()) {
                found.add(new Library(jar.group(1).replace('/', '.'), jar.group(2), jar.group(3)));
            }
        }
        return found;
    }

    /** Sentences about those that are known to be vulnerable. */
    List<String> in(List<Library> libraries) {
        List<String> found = new ArrayList<>();
        for (Library library : libraries) {
            for (Range range : ranges) {
                if (range.has(library)) {
                    found.add(library.group() + ":" + library.artifact() + " " + library.version() + " has "
                            + range.identifier() + "; " + range.fixed() + " does not");
                }
            }
        }
        return found;
    }

    /** Compares versions part by part, numbers as numbers. */
    static int compare(String one, String other) {
        String[] left = one.split("[.-]");
        String[] right = other.split("[.-]");
        for (int i = 0; i < Math.max(left.length, right.length); i++) {
            String a = i < left.length ? left[i] : "0";
            String b = i < right.length ? right[i] : "0";
            boolean numbers = a.matches("\\d{1,9}") && b.matches("\\d{1,9}");
            int order = numbers ? Integer.compare(Integer.parseInt(a), Integer.parseInt(b)) : a.compareTo(b);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }
}
