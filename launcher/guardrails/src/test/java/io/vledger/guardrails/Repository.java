package io.vledger.guardrails;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The files of the repository, found by walking it: a module that is added is looked at without being named here. */
final class Repository {
    /** Its root, seen from a test of this module. */
    static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();

    private static final Set<String> NOT_OURS = Set.of("target", ".git", ".mvn", ".ci", "node_modules");

    private Repository() {}

    /** Every Java file. */
    static List<SourceFile> sources() {
        return SourceFile.read(ROOT, files(".java"));
    }

    /** Every file whose name has this ending. */
    static List<Path> files(String ending) {
        List<Path> found = new ArrayList<>();
        walk(new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return NOT_OURS.contains(directory.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.getFileName().toString().endsWith(ending)) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return found.stream().sorted().toList();
    }

    /** Every module that has shipped or shared classes: the directories with a pom and {@code src/main/java}. */
    static List<Path> modules() {
        return files("pom.xml").stream()
                .map(Path::getParent)
                .filter(module -> Files.isDirectory(module.resolve("src/main/java")))
                .toList();
    }

    private static void walk(SimpleFileVisitor<Path> visitor) {
        try {
            Files.walkFileTree(ROOT, visitor);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
