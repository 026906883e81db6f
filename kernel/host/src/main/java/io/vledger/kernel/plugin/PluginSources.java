package io.vledger.kernel.plugin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the plugins of the plugin directory. */
public final class PluginSources {
    private static final Logger LOG = LoggerFactory.getLogger(PluginSources.class);

    private PluginSources() {}

    /**
     * Reads every {@code *.jar} of a directory, by name. A jar that is not a plugin is named in the log and left out: what an
     * operator drops there must not stop the node.
     */
    public static List<PluginJar> inDirectory(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<PluginJar> jars = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".jar"))
                    .sorted()
                    .toList()) {
                try {
                    jars.add(PluginJar.read(file));
                } catch (PluginException e) {
                    LOG.error("{}; the node goes on without it", e.getMessage(), e);
                }
            }
        } catch (IOException e) {
            LOG.error("{}: the plugin directory cannot be read: {}", directory, e.toString(), e);
        }
        return jars;
    }
}
