package io.vledger.launcher;

import io.vledger.kernel.plugin.PluginException;
import io.vledger.kernel.plugin.PluginJar;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The plugins that came with the launcher: jars in the directory {@code bundled-plugins} of its jar, or of its classes. */
final class BundledPlugins {
    private static final String DIRECTORY = "bundled-plugins/";

    private BundledPlugins() {}

    /** All of them; of the optional ones the descriptors only. */
    static List<PluginJar> read(Path location) {
        try {
            return Files.isDirectory(location)
                    ? fromDirectory(location.resolve(DIRECTORY), true, name -> true)
                    : fromJar(location, true, name -> true);
        } catch (IOException e) {
            throw incomplete(location, e);
        }
    }

    /**
     * Those that a node deploys: what is not optional, and of the optional ones those that the configuration names, read whole.
     *
     * @param read what {@link #read} has found
     * @param configured ids that have a section in the configuration
     */
    static List<PluginJar> wanted(Path location, List<PluginJar> read, Set<String> configured) {
        List<PluginJar> wanted =
                new ArrayList<>(read.stream().filter(PluginJar::whole).toList());
        Set<String> more = read.stream()
                .filter(jar ->
                        !jar.whole() && configured.contains(jar.descriptor().id()))
                .map(PluginJar::name)
                .collect(Collectors.toSet());
        if (more.isEmpty()) {
            return wanted;
        }
        try {
            wanted.addAll(
                    Files.isDirectory(location)
                            ? fromDirectory(location.resolve(DIRECTORY), false, more::contains)
                            : fromJar(location, false, more::contains));
        } catch (IOException e) {
            throw incomplete(location, e);
        }
        return wanted;
    }

    /** The one with an id, read whole. */
    static PluginJar named(String id, Path location) {
        return read(location).stream()
                .filter(jar -> jar.descriptor().id().equals(id) && jar.whole())
                .findFirst()
                .orElseThrow(() -> new PluginException(location + ": has no plugin " + id + "; is the jar complete?"));
    }

    private static PluginException incomplete(Path location, IOException e) {
        return new PluginException(location + ": cannot be read: " + e.getMessage() + "; is the jar complete?", e);
    }

    private static List<PluginJar> fromJar(Path location, boolean unlessOptional, Predicate<String> named)
            throws IOException {
        List<PluginJar> plugins = new ArrayList<>();
        try (JarFile jar = new JarFile(location.toFile(), false)) {
            List<JarEntry> entries = jar.stream()
                    .filter(entry -> entry.getName().startsWith(DIRECTORY)
                            && entry.getName().endsWith(".jar"))
                    .sorted(Comparator.comparing(JarEntry::getName))
                    .toList();
            for (JarEntry entry : entries) {
                String name = location.getFileName() + "!/" + entry.getName();
                if (named.test(name)) {
                    try (InputStream in = jar.getInputStream(entry)) {
                        plugins.add(read(name, unlessOptional, in));
                    }
                }
            }
        }
        return plugins;
    }

    private static List<PluginJar> fromDirectory(Path directory, boolean unlessOptional, Predicate<String> named)
            throws IOException {
        List<PluginJar> plugins = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return plugins;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".jar"))
                    .sorted()
                    .toList()) {
                if (named.test(file.toString())) {
                    try (InputStream in = Files.newInputStream(file)) {
                        plugins.add(read(file.toString(), unlessOptional, in));
                    }
                }
            }
        }
        return plugins;
    }

    private static PluginJar read(String name, boolean unlessOptional, InputStream in) throws IOException {
        return unlessOptional ? PluginJar.readUnlessOptional(name, in) : PluginJar.read(name, true, in);
    }
}
