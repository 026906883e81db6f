package io.vledger.kernel.config;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** Refuses keys of a JSON configuration that nobody would read, and names the nearest that somebody does. */
final class UnknownKeys {
    private UnknownKeys() {}

    static void refuse(Section.Source source, JsonObject root) {
        visit(source, "", "", root);
    }

    private static void visit(Section.Source source, String schemaPath, String shownPath, JsonObject object) {
        for (Map.Entry<String, Object> entry : object) {
            String schema = schemaPath + entry.getKey();
            String shown = shownPath + entry.getKey();
            if (ConfigKeys.find(schema) != null) {
                continue;
            }
            if (ConfigKeys.isSection(schema)) {
                descend(source, schema, shown, entry.getValue());
            } else if (!schemaPath.equals("plugins.")) {
                throw new ConfigException(
                        source.file(),
                        source.lines().getOrDefault(shown, 0),
                        "unknown key " + shown + ": did you mean " + nearest(schema, schemaPath) + "?");
            } else if (!(entry.getValue() instanceof JsonObject)) {
                throw source.wrong(shown, entry.getValue(), "must be an object with the plugin's settings");
            }
        }
    }

    private static void descend(Section.Source source, String schema, String shown, Object value) {
        if (value instanceof JsonObject section && !ConfigKeys.isSection(schema + "[]")) {
            visit(source, schema + ".", shown + ".", section);
        } else if (value instanceof JsonArray list && ConfigKeys.isSection(schema + "[]")) {
            for (int i = 0; i < list.size(); i++) {
                if (list.getValue(i) instanceof JsonObject element) {
                    visit(source, schema + "[].", shown + "[" + i + "].", element);
                }
            }
        }
    }

    /** The nearest by the last part of the path, among the keys of the same section first. */
    private static String nearest(String schema, String section) {
        List<String> all = ConfigKeys.all().stream().map(ConfigKey::path).toList();
        String own = schema.substring(section.length());
        List<String> siblings = all.stream()
                .filter(path -> path.startsWith(section))
                .map(path -> firstPart(path.substring(section.length())))
                .distinct()
                .toList();
        String sibling = NearestKey.of(own, siblings);
        List<String> leaves = all.stream().map(UnknownKeys::leaf).toList();
        String leaf = NearestKey.of(own, leaves);
        if (!siblings.contains(leaf) && leaf.equalsIgnoreCase(own)) {
            return all.get(leaves.indexOf(leaf));
        }
        return section + sibling;
    }

    private static String firstPart(String path) {
        int dot = path.indexOf('.');
        String first = dot < 0 ? path : path.substring(0, dot);
        return first.endsWith("[]") ? first.substring(0, first.length() - 2) : first;
    }

    private static String leaf(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
