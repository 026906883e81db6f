package io.vledger.guardrails;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * A Java file with its syntax tree.
 *
 * @param path relative to the root of the repository, with slashes
 */
record SourceFile(String path, String text, List<String> lines, CompilationUnitTree tree, SourcePositions positions) {
    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

    /** Parses files, in one run of the compiler: one run each would take its memory each. */
    static List<SourceFile> read(Path root, List<Path> files) {
        List<Text> texts = new ArrayList<>();
        for (Path file : files) {
            try {
                texts.add(new Text(root.relativize(file).toString().replace('\\', '/'), Files.readString(file)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return parse(texts);
    }

    /** Parses a text as if it were a file of that path. */
    static SourceFile parse(String path, String text) {
        return parse(List.of(new Text(path, text))).get(0);
    }

    private static List<SourceFile> parse(List<Text> texts) {
        JavacTask task = (JavacTask) COMPILER.getTask(null, null, ignored -> {}, List.of("-proc:none"), null, texts);
        SourcePositions positions = Trees.instance(task).getSourcePositions();
        List<SourceFile> parsed = new ArrayList<>();
        try {
            // The trees come in the order of the texts.
            for (CompilationUnitTree tree : task.parse()) {
                Text text = texts.get(parsed.size());
                parsed.add(new SourceFile(
                        text.path, text.content, text.content.lines().toList(), tree, positions));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return parsed;
    }

    /** A source text for the compiler. */
    private static final class Text extends SimpleJavaFileObject {
        private final String path;
        private final String content;

        private Text(String path, String content) {
            super(URI.create("string:///" + path), Kind.SOURCE);
            this.path = path;
            this.content = content;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return content;
        }

        @Override
        public boolean isNameCompatible(String simpleName, Kind kind) {
            return true;
        }
    }

    /** Whether it is shipped, and not a test, a fixture or a benchmark. */
    boolean shipped() {
        return path.contains("/src/main/") && !path.contains("testkit/") && !path.contains("/sim/");
    }

    /** The package's name. */
    String packageName() {
        return tree.getPackageName() == null ? "" : tree.getPackageName().toString();
    }

    /** The file's name without its ending: the name of its outermost class. */
    String simpleName() {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return name.substring(0, name.length() - ".java".length());
    }

    /** The line on which a node begins. */
    long line(Tree node) {
        return lineOf(positions.getStartPosition(tree, node));
    }

    /** The line on which a node ends. */
    long endLine(Tree node) {
        return lineOf(positions.getEndPosition(tree, node));
    }

    private long lineOf(long position) {
        return position < 0 ? 0 : tree.getLineMap().getLineNumber(position);
    }

    /** A finding at a node. */
    Finding finding(Tree node, String what) {
        return new Finding(path, line(node), what);
    }
}
