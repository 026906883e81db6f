package io.vledger.kernel.plugin;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a plugin's {@code META-INF/plugin.json} says.
 *
 * @param id id, also the name of its section of the configuration
 * @param version version of the plugin
 * @param api version of the plugin API it was built for
 * @param main name of its main class, a {@link io.vledger.api.plugin.PluginVerticle}
 * @param provides names of the service types that it offers
 * @param requires names of the service types that must be offered before it starts
 * @param after names of service types without which it can start, but after whose plugins it does
 * @param deploys what it runs, in words for the log and the health answer; its id if it does not say
 * @param hot whether it is replaced beside the running one; else by stopping it and what depends on it first
 * @param optional whether, if bundled, it is deployed only where the configuration has a section for it
 * @param settings every key that it reads in its section of the configuration; null if it does not say, so that it has to
 *     look for unknown ones itself
 * @param eventLoop whether it runs on a shared event loop even if it is neither bundled nor in the place of a bundled one
 */
public record PluginDescriptor(
        String id,
        String version,
        int api,
        String main,
        List<String> provides,
        List<String> requires,
        List<String> after,
        List<String> deploys,
        boolean hot,
        boolean optional,
        @Nullable List<String> settings,
        boolean eventLoop) {
    /** The version of the plugin API that this kernel offers. */
    public static final int API_VERSION = 1;

    /** Where a jar has its descriptor. */
    public static final String PATH = "META-INF/plugin.json";

    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,63}");
    private static final Pattern CLASS_NAME =
            Pattern.compile("[\\p{L}_$][\\p{L}\\p{N}_$]*(\\.[\\p{L}_$][\\p{L}\\p{N}_$]*)*");
    private static final Set<String> KEYS = Set.of(
            "id",
            "version",
            "api",
            "main",
            "provides",
            "requires",
            "after",
            "deploys",
            "hot",
            "optional",
            "settings",
            "eventLoop");

    /**
     * Reads a descriptor.
     *
     * @param jar name of the jar, for messages
     * @throws PluginException if it is not one
     */
    static PluginDescriptor parse(String jar, String text) {
        JsonObject json;
        try {
            json = new JsonObject(text);
        } catch (DecodeException e) {
            throw new PluginException(jar + ": " + PATH + " is not a JSON object", e);
        }
        Set<String> unknown = new TreeSet<>(json.fieldNames());
        unknown.removeAll(KEYS);
        if (!unknown.isEmpty()) {
            throw new PluginException(
                    jar + ": " + PATH + " has unknown keys " + unknown + "; known are " + new TreeSet<>(KEYS));
        }
        String id = text(jar, json, "id", ID, "lower case letters, digits and -");
        int api = json.getValue("api") instanceof Integer number ? number : -1;
        if (api != API_VERSION) {
            throw new PluginException(jar + ": plugin " + id + " was built for plugin API " + json.getValue("api")
                    + ", this node offers " + API_VERSION + "; use the build of the plugin for this version");
        }
        List<String> deploys = strings(jar, json, "deploys", null);
        return new PluginDescriptor(
                id,
                json.getValue("version") instanceof String version ? version : "unknown",
                api,
                text(jar, json, "main", CLASS_NAME, "the name of a class"),
                strings(jar, json, "provides", CLASS_NAME),
                strings(jar, json, "requires", CLASS_NAME),
                strings(jar, json, "after", CLASS_NAME),
                deploys.isEmpty() ? List.of(id) : deploys,
                flag(jar, json, "hot"),
                flag(jar, json, "optional"),
                json.containsKey("settings") ? strings(jar, json, "settings", null) : null,
                flag(jar, json, "eventLoop"));
    }

    private static String text(String jar, JsonObject json, String key, Pattern pattern, String what) {
        Object value = json.getValue(key);
        if (!(value instanceof String text)
                || text.length() > 500
                || !pattern.matcher(text).matches()) {
            throw wrong(jar, key, value, "must be " + what);
        }
        return text;
    }

    private static boolean flag(String jar, JsonObject json, String key) {
        Object value = json.getValue(key, false);
        if (!(value instanceof Boolean flag)) {
            throw wrong(jar, key, value, "must be true or false");
        }
        return flag;
    }

    private static List<String> strings(String jar, JsonObject json, String key, @Nullable Pattern pattern) {
        Object value = json.getValue(key, new JsonArray());
        if (!(value instanceof JsonArray array)) {
            throw wrong(jar, key, value, "must be a list of texts");
        }
        List<String> strings = new ArrayList<>();
        for (Object element : array) {
            if (!(element instanceof String text)
                    || (pattern != null && !pattern.matcher(text).matches())) {
                throw wrong(jar, key, element, pattern == null ? "must be a text" : "must be the name of a type");
            }
            strings.add(text);
        }
        return List.copyOf(strings);
    }

    private static PluginException wrong(String jar, String key, @Nullable Object value, String remedy) {
        return new PluginException(jar + ": " + PATH + ": " + key + " = " + value + ": " + remedy);
    }
}
