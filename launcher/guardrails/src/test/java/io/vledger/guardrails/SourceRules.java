package io.vledger.guardrails;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All rules that a parser can decide, by the sentence that a break of them is reported under. */
final class SourceRules {
    private SourceRules() {}

    /** A rule over all files at once. */
    interface Rule {
        List<Finding> check(List<SourceFile> files);
    }

    /** A rule that looks at one file at a time. */
    interface FileRule {
        void check(SourceFile file, List<Finding> found);
    }

    /** The rules by name. */
    static Map<String, Rule> all() {
        Map<String, Rule> rules = new TreeMap<>();
        rules.put("a class has fewer than 500 lines", each(SizeRules::classes));
        rules.put("a method has fewer than 60 lines", each(SizeRules::methods));
        rules.put("a parameter list has eight entries at most", each(SizeRules::parameters));
        rules.put("adjacent parameters of one primitive type are three at most", each(SizeRules::trains));
        rules.put("a record of more than ten parts is made by its builder", SizeRules::positionalRecords);
        rules.put("a wrapped comment leaves no orphaned word", each(CommentRules::orphans));
        rules.put("no banner is broken over two lines", each(CommentRules::banners));
        rules.put("nobody sleeps", each(CallRules::sleeping));
        rules.put("no port is raced for", each(CallRules::racedPorts));
        rules.put("nothing decides by the text of a message", each(CallRules::messageText));
        rules.put("a constant is declared once", ConstantRules::duplicates);
        rules.put("every package says what it is for", PackageRules::packageInfo);
        rules.put("main code is @NullMarked", PackageRules::nullMarked);
        rules.put("names and comments are plain English", each(WordRules::inSource));
        return rules;
    }

    private static Rule each(FileRule rule) {
        return files -> {
            List<Finding> found = new ArrayList<>();
            files.forEach(file -> rule.check(file, found));
            return found;
        };
    }
}
