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
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/** The plugins that came with the launcher: jars in the directory {@code bundled-plugins} of its jar, or of its classes. */
final class BundledPlugins {
    private static final String DIRECTORY = "bundled-plugins/";

    private BundledPlugins() {}

    static List<PluginJar> read(Path location) {
        try {
            return Files.isDirectory(location) ? fromDirectory(location.resolve(DIRECTORY)) : fromJar(location);
        } catch (IOException e) {
            throw new PluginException(location + ": cannot be read: " + e.getMessage() + "; is the jar complete?", e);
        }
    }

    private static List<PluginJar> fromJar(Path location) throws IOException {
        List<PluginJar> plugins = new ArrayList<>();
        try (JarFile jar = new JarFile(location.toFile(), false)) {
            List<JarEntry> entries = jar.stream()
                    .filter(entry -> entry.getName().startsWith(DIRECTORY)
                            && entry.getName().endsWith(".jar"))
                    .sorted(Comparator.comparing(JarEntry::getName))
                    .toList();
            for (JarEntry entry : entries) {
                try (InputStream in = jar.getInputStream(entry)) {
                    plugins.add(PluginJar.read(location.getFileName() + "!/" + entry.getName(), true, in));
                }
            }
        }
        return plugins;
    }

    private static List<PluginJar> fromDirectory(Path directory) throws IOException {
        List<PluginJar> plugins = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return plugins;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".jar"))
                    .sorted()
                    .toList()) {
                try (InputStream in = Files.newInputStream(file)) {
                    plugins.add(PluginJar.read(file.toString(), true, in));
                }
            }
        }
        return plugins;
    }
}
