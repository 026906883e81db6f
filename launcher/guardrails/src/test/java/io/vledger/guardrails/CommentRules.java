package io.vledger.guardrails;

import java.util.List;
import java.util.regex.Pattern;

/** What the formatter leaves behind where it wraps a comment that was written wider than it allows. */
final class CommentRules {
    private static final int FEW_WORDS = 2;
    private static final int FULL_LINE = 100;
    private static final Pattern BANNER = Pattern.compile("\\s*//\\s*[-=*#]{3,}\\s*");

    private CommentRules() {}

    /** A comment line of one or two words after a full one: the rest of a sentence that did not fit. */
    static void orphans(SourceFile file, List<Finding> found) {
        List<String> lines = file.lines();
        for (int i = 1; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            String before = lines.get(i - 1);
            if (line.startsWith("// ")
                    && before.strip().startsWith("// ")
                    && before.length() >= FULL_LINE
                    && line.substring(3).split("\\s+").length <= FEW_WORDS) {
                found.add(new Finding(file.path(), i + 1L, "\"" + line + "\": wrap the comment anew"));
            }
        }
    }

    /** A heading whose dashes were wrapped onto a line of their own. */
    static void banners(SourceFile file, List<Finding> found) {
        for (int i = 0; i < file.lines().size(); i++) {
            if (BANNER.matcher(file.lines().get(i)).matches()) {
                found.add(new Finding(file.path(), i + 1L, file.lines().get(i).strip()));
            }
        }
    }
}
