package io.vledger.guardrails;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The class files of every module that ships or shares classes, from the directories that the build has put them into. */
final class ClassFiles {
    private static final String CLASSES = "/target/classes/";

    private ClassFiles() {}

    /**
     * The modules by path, with their class files.
     *
     * @throws IllegalStateException if one is not built: a rule that does not see a module holds nothing
     */
    static Map<String, Path> modules() {
        Map<String, Path> modules = new TreeMap<>();
        for (Path module : Repository.modules()) {
            String name = Repository.ROOT.relativize(module).toString().replace('\\', '/');
            // Programs of the acceptance tests have the class path of a RocketMQ release, and none of ours.
            if (!name.startsWith("launcher/acceptance")) {
                Path classes = module.resolve("target/classes");
                if (!Files.isDirectory(classes)) {
                    throw new IllegalStateException(name + " is not built; run with -am");
                }
                modules.put(name, classes);
            }
        }
        return modules;
    }

    /** All their classes. */
    static JavaClasses importAll() {
        return new ClassFileImporter().importPaths(modules().values());
    }

    /** The module that a class is of; empty for one that is not of the house, or of a test. */
    static String module(JavaClass type) {
        String uri = type.getSource().map(source -> source.getUri().getPath()).orElse("");
        int end = uri.indexOf(CLASSES);
        String root = Repository.ROOT.toString().replace('\\', '/') + "/";
        int start = uri.indexOf(root);
        return end < 0 || start < 0 ? "" : uri.substring(start + root.length(), end);
    }
}
