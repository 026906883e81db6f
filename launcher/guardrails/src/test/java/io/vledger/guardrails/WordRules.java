package io.vledger.guardrails;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreeScanner;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Words that a reader of this field would have to decode. */
final class WordRules {
    /** Words, and what to say. Anywhere in a source file or a document. */
    private static final Map<Pattern, String> WORDS = Map.of(
            word("mend(s|ed|ing)?"), "fix, hint or remedy",
            word("told"), "reported, informed, notified, said",
            word("whoever"), "the caller, the client, a reader",
            word("go(es|ing)? on from"), "continue from",
            word("made (anew|again)|making (it|them) (anew|again)"), "rebuilt",
            word("overruled"), "superseded",
            word("everyday life"), "routine",
            word("more seldom"), "less often");

    /** Names that say neither role nor direction. */
    private static final Set<String> NAMES = Set.of(
            "Here",
            "Told",
            "Desk",
            "Way",
            "Held",
            "Heard",
            "Parked",
            "Elsewhere",
            "Seat",
            "Farewell",
            "Remembered",
            "Inlet",
            "Outlet",
            "Loop",
            "Reach",
            "Look",
            "Closer",
            "Base",
            "Leading",
            "Following",
            "Electing",
            "Questioner",
            "Questions",
            "BrokenEnd",
            "Undelivered",
            "Pending",
            "TopicLives",
            "Later",
            "Packet");

    /** The same words as parts of names: tests are sentences, and say it in plain English too. */
    private static final Pattern IN_NAMES =
            Pattern.compile(".*(IsTold|AreTold|Whoever|whoever|GoesOn|GoOn(?!ce)|Mended|Seldom).*");

    private static final Pattern VAGUE = Pattern.compile(".*(Utils?|Helper|Manager|Impl)");

    private WordRules() {}

    private static Pattern word(String expression) {
        return Pattern.compile("(?i)(?<![a-z])(" + expression + ")(?![a-z])");
    }

    static void inSource(SourceFile file, List<Finding> found) {
        if (file.path().startsWith("launcher/guardrails/")) {
            return; // the list itself
        }
        inText(file.path(), file.lines(), found);
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitClass(ClassTree type, Void unused) {
                name(type, type.getSimpleName().toString());
                return super.visitClass(type, null);
            }

            @Override
            public Void visitMethod(MethodTree method, Void unused) {
                String name = method.getName().toString();
                if (IN_NAMES.matcher(name).matches()) {
                    found.add(file.finding(method, "the name " + name + " has a word that plain English replaces"));
                }
                return super.visitMethod(method, null);
            }

            private void name(Tree node, String name) {
                if (NAMES.contains(name) || VAGUE.matcher(name).matches()) {
                    found.add(file.finding(node, "the name " + name + " does not say what the class does"));
                }
            }
        }.scan(file.tree(), null);
    }

    static void inText(String path, List<String> lines, List<Finding> found) {
        for (int i = 0; i < lines.size(); i++) {
            for (Map.Entry<Pattern, String> word : WORDS.entrySet()) {
                Matcher matcher = word.getKey().matcher(lines.get(i));
                if (matcher.find()) {
                    found.add(new Finding(path, i + 1L, "\"" + matcher.group() + "\": say " + word.getValue()));
                }
            }
        }
    }
}
