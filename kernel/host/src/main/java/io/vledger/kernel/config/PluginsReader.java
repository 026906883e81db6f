package io.vledger.kernel.config;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads what concerns plugins. */
final class PluginsReader {
    private PluginsReader() {}

    /**
     * Settings of the node that plugins receive beside their own sections.
     *
     * @param data the node's data directory: where plugins are looked for unless another directory is named
     * @param access for the HTTP plugin
     * @param clients for the one that serves clients
     * @param members for the one that serves other members
     * @param accessControl for the broker
     * @param grpc for the one that serves 5.x clients
     */
    record PluginExtras(
            Path data,
            JsonObject access,
            JsonObject clients,
            JsonObject members,
            JsonObject accessControl,
            JsonObject grpc) {}

    /** Reads the section {@code plugins}, and adds the settings of the node to those of single plugins. */
    static NodeConfig.Plugins read(Section section, JsonObject tree, PluginExtras extras) {
        JsonObject control = extras.accessControl();
        Path directory = section.has("directory")
                ? NodeReader.path(section, "directory", section.text("directory"))
                : extras.data().resolve("plugins");
        if (section.has("directory") && !Files.isDirectory(directory)) {
            throw section.wrong(
                    "directory",
                    section.text("directory"),
                    Files.exists(directory)
                            ? "is not a directory; name the one with the plugin jars"
                            : "there is no such directory; make it, or correct the path");
        }
        JsonObject each = tree.getJsonObject("plugins", new JsonObject()).copy();
        List.of("directory", "startSeconds", "pollMs", "later").forEach(each::remove);
        add(section, "http", each, extras.access());
        add(section, "remoting", each, extras.clients());
        add(section, "raft", each, extras.members());
        if (extras.grpc().isEmpty()) {
            each.remove("grpc"); // bounds of a port that is not to be opened
        }
        add(section, "grpc", each, extras.grpc());
        add(section, "broker", each, control.isEmpty() ? control : new JsonObject().put("access", control));
        return new NodeConfig.Plugins(
                directory, each, section.integer("startSeconds"), section.integer("pollMs"), section.names("later"));
    }

    private static void add(Section section, String plugin, JsonObject plugins, JsonObject more) {
        if (more.isEmpty()) {
            return;
        }
        Object given = plugins.getValue(plugin);
        if (given != null && !(given instanceof JsonObject)) {
            throw section.wrong(plugin, given, "must be an object");
        }
        JsonObject settings = given == null ? new JsonObject() : ((JsonObject) given).copy();
        plugins.put(plugin, settings.mergeIn(more));
    }
}
