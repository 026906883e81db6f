package io.vledger.guardrails;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreeScanner;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;

/** A value that two places must agree on stands in one of them. */
final class ConstantRules {
    /** Names that RocketMQ gave: system topics, prefixes of derived names, properties. */
    private static final Pattern PROTOCOL_NAME = Pattern.compile("%?[A-Z][A-Z0-9_]{4,}%?|TBW102");

    /** Each place chooses its own bounds, and two may well choose the same. */
    private static final Pattern LIMIT =
            Pattern.compile("MAX_.*|.*_(MAX|LIMIT)|(.*_)?(NS|MS|SECONDS?|BYTES|UNITS|LOOKUPS)|MIB|MS_IN_SECOND");

    private ConstantRules() {}

    private record Place(SourceFile file, VariableTree field) {}

    /** Shipped constants of one name and one value, and names of the protocol declared twice under whatever name. */
    static List<Finding> duplicates(List<SourceFile> files) {
        Map<String, List<Place>> declared = new LinkedHashMap<>();
        for (SourceFile file : files) {
            if (!file.shipped()) {
                continue;
            }
            new TreeScanner<Void, Void>() {
                @Override
                public Void visitClass(ClassTree type, Void unused) {
                    for (var member : type.getMembers()) {
                        if (member instanceof VariableTree field && isConstant(field)) {
                            keys(field).forEach(key -> declared.computeIfAbsent(key, none -> new ArrayList<>())
                                    .add(new Place(file, field)));
                        }
                    }
                    return super.visitClass(type, null);
                }
            }.scan(file.tree(), null);
        }
        List<Finding> found = new ArrayList<>();
        declared.forEach((key, places) -> {
            if (places.stream().map(place -> place.file().path()).distinct().count() > 1) {
                places.forEach(place -> found.add(place.file().finding(place.field(), key)));
            }
        });
        return found;
    }

    private static boolean isConstant(VariableTree field) {
        var flags = field.getModifiers().getFlags();
        return flags.contains(Modifier.STATIC)
                && flags.contains(Modifier.FINAL)
                && !field.getName().contentEquals("serialVersionUID")
                && field.getInitializer() != null;
    }

    private static List<String> keys(VariableTree field) {
        String value = String.valueOf(field.getInitializer());
        List<String> keys = new ArrayList<>();
        if (field.getInitializer() instanceof LiteralTree literal
                && literal.getValue() instanceof String text
                && PROTOCOL_NAME.matcher(text).matches()) {
            keys.add("\"" + text + "\"");
        } else if (value.matches("\".{4,}\"")
                || (value.matches(".*[0-9]{2,}.*")
                        && !LIMIT.matcher(field.getName()).matches())) {
            keys.add(field.getName() + " = " + value);
        }
        return keys;
    }
}
