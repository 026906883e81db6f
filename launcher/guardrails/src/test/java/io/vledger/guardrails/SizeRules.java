package io.vledger.guardrails;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreeScanner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.lang.model.element.Modifier;

/** How large a class, a method and a parameter list may be. */
final class SizeRules {
    static final int CLASS_LINES = 500;
    static final int METHOD_LINES = 60;
    static final int PARAMETERS = 8;
    static final int TRAIN = 3;
    /** A record names its parts where it is declared, so a line of them may be a little longer. */
    static final int RECORD_PARTS = 10;

    private SizeRules() {}

    static void classes(SourceFile file, List<Finding> found) {
        for (Tree type : file.tree().getTypeDecls()) {
            long lines = file.endLine(type) - file.line(type) + 1;
            if (lines >= CLASS_LINES) {
                found.add(file.finding(type, lines + " lines"));
            }
        }
    }

    static void methods(SourceFile file, List<Finding> found) {
        eachMethod(file, method -> {
            // The body alone: a table of cases in an annotation is no code.
            long lines =
                    method.getBody() == null ? 0 : file.endLine(method.getBody()) - file.line(method.getBody()) + 1;
            if (lines >= METHOD_LINES) {
                found.add(file.finding(method, method.getName() + " has " + lines + " lines"));
            }
        });
    }

    /** The components of a record are exempt: they are what a long list is folded into. */
    static void parameters(SourceFile file, List<Finding> found) {
        eachMethod(file, method -> {
            int parameters = method.getParameters().size();
            if (parameters > PARAMETERS && !overrides(method) && !compact(file, method)) {
                found.add(file.finding(method, method.getName() + " has " + parameters + " parameters"));
            }
        });
    }

    static void trains(SourceFile file, List<Finding> found) {
        eachMethod(file, method -> {
            int train = 0;
            String last = "";
            for (VariableTree parameter : method.getParameters()) {
                String type = String.valueOf(parameter.getType());
                boolean primitive = type.equals("long") || type.equals("int") || type.equals("boolean");
                train = primitive && type.equals(last) ? train + 1 : 1;
                last = type;
                if (primitive && train > TRAIN && !overrides(method) && !compact(file, method)) {
                    found.add(file.finding(method, method.getName() + " has more than three adjacent " + type));
                    return;
                }
            }
        });
    }

    /** Whether it is the constructor of a record that repeats no component. */
    private static boolean compact(SourceFile file, MethodTree method) {
        long name = file.positions().getStartPosition(file.tree(), method);
        int body =
                method.getBody() == null ? -1 : (int) file.positions().getStartPosition(file.tree(), method.getBody());
        return body >= 0
                && method.getName().contentEquals("<init>")
                && !file.text().substring((int) name, body).contains("(");
    }

    private static boolean overrides(MethodTree method) {
        return method.getModifiers().getAnnotations().stream()
                .anyMatch(
                        annotation -> annotation.getAnnotationType().toString().equals("Override"));
    }

    /** Nobody can read fifteen arguments in a row: a long record is made where its parts have names. */
    static List<Finding> positionalRecords(List<SourceFile> files) {
        Map<String, String> longRecords = new HashMap<>();
        for (SourceFile file : files) {
            eachClass(file, type -> {
                if (type.getKind() == Tree.Kind.RECORD && components(type) > RECORD_PARTS) {
                    longRecords.put(type.getSimpleName().toString(), file.path());
                }
            });
        }
        List<Finding> found = new ArrayList<>();
        for (SourceFile file : files) {
            new TreeScanner<Void, Void>() {
                @Override
                public Void visitNewClass(NewClassTree made, Void unused) {
                    String name = made.getIdentifier().toString();
                    name = name.substring(name.lastIndexOf('.') + 1);
                    String owner = longRecords.get(name);
                    if (owner != null
                            && !owner.equals(file.path())
                            && !file.simpleName().equals(name + "Builder")
                            && made.getArguments().size() > RECORD_PARTS) {
                        found.add(file.finding(
                                made,
                                "new " + name + " with " + made.getArguments().size() + " arguments"));
                    }
                    return super.visitNewClass(made, null);
                }
            }.scan(file.tree(), null);
        }
        return found;
    }

    private static long components(ClassTree record) {
        return record.getMembers().stream()
                .filter(member -> member instanceof VariableTree field
                        && !field.getModifiers().getFlags().contains(Modifier.STATIC))
                .count();
    }

    private static void eachMethod(SourceFile file, Consumer<MethodTree> action) {
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitMethod(MethodTree method, Void unused) {
                action.accept(method);
                return super.visitMethod(method, null);
            }
        }.scan(file.tree(), null);
    }

    private static void eachClass(SourceFile file, Consumer<ClassTree> action) {
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitClass(ClassTree type, Void unused) {
                action.accept(type);
                return super.visitClass(type, null);
            }
        }.scan(file.tree(), null);
    }
}
