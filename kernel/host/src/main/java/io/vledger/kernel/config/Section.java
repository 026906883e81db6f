package io.vledger.kernel.config;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.net.HostPort;
import io.vledger.kernel.config.ConfigKey.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One object of the configuration tree, read by the rules of {@link ConfigKeys}. */
final class Section {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,100}");

    private static final Pattern SECRET = Pattern.compile("[!-~]{1,512}");

    private final Source source;
    private final String schemaPath;
    private final String shownPath;
    private final JsonObject values;

    /**
     * Where values come from.
     *
     * @param file for messages
     * @param classic whether keys are shown in the spelling of {@code broker.conf} and numbers may be texts
     * @param effective receives every value read
     * @param lines the lines of keys as they are shown, as far as they are known
     * @param placeholders put into texts
     */
    record Source(
            String file,
            boolean classic,
            Map<String, String> effective,
            Map<String, Integer> lines,
            Placeholders placeholders) {
        /** Says that the value of a key, as it is shown, is wrong. */
        ConfigException wrong(String shown, Object value, String remedy) {
            return new ConfigException(file, lines.getOrDefault(shown, 0), shown, value, remedy);
        }
    }

    Section(Source source, String schemaPath, String shownPath, JsonObject values) {
        this.source = source;
        this.schemaPath = schemaPath;
        this.shownPath = shownPath;
        this.values = values;
    }

    Section child(String key) {
        Object value = values.getValue(key);
        JsonObject object = new JsonObject();
        if (value instanceof JsonObject given) {
            object = given;
        } else if (value != null) {
            throw source.wrong(shownPath + key, value, "must be an object");
        }
        return new Section(source, schemaPath + key + ".", shownPath + key + ".", object);
    }

    /** The objects of a list, at least one. */
    List<Section> children(String key) {
        Object value = values.getValue(key);
        if (!(value instanceof JsonArray list) || list.isEmpty()) {
            throw source.wrong(
                    shownPath + key, value == null ? "(absent)" : value, "must be a list of at least one object");
        }
        List<Section> sections = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String shown = shownPath + key + "[" + i + "]";
            if (!(list.getValue(i) instanceof JsonObject object)) {
                throw source.wrong(shown, list.getValue(i), "must be an object");
            }
            sections.add(new Section(source, schemaPath + key + "[].", shown + ".", object));
        }
        return sections;
    }

    boolean has(String key) {
        return values.getValue(key) != null;
    }

    /** Says that the value of a key is wrong. */
    ConfigException wrong(String key, Object value, String remedy) {
        return source.wrong(shown(key), value, remedy);
    }

    /** The name of a key as the user wrote, or would write it. */
    String shown(String key) {
        ConfigKey known = ConfigKeys.find(schemaPath + key);
        return source.classic() && known != null && !known.classic().isEmpty() ? known.classic() : shownPath + key;
    }

    String text(String key) {
        ConfigKey known = ConfigKeys.at(schemaPath + key);
        String text = textOf(key, known, known.fallback());
        return note(key, text);
    }

    /** The text, or one worked out by the caller. */
    String text(String key, String otherwise) {
        ConfigKey known = ConfigKeys.at(schemaPath + key);
        return note(key, textOf(key, known, otherwise));
    }

    /**
     * A text that is shown nowhere, neither in messages nor among the values in force; empty if it is absent.
     *
     * @param least characters that it must have
     */
    String secret(String key, int least) {
        Object value = values.getValue(key);
        String text = value instanceof String given ? expanded(key, given, "(not shown)") : "";
        if (value != null && (text.length() < least || !SECRET.matcher(text).matches())) {
            throw wrong(key, "(not shown)", "must be " + least + " to 512 printable ASCII characters without spaces");
        }
        note(key, value == null ? "" : "(not shown)");
        return text;
    }

    /** As {@link #secret}, of any characters. */
    String hidden(String key) {
        Object value = values.getValue(key);
        if (value != null && !(value instanceof String)) {
            throw wrong(key, "(not shown)", "must be a text");
        }
        note(key, value == null ? "" : "(not shown)");
        return value instanceof String given ? expanded(key, given.trim(), "(not shown)") : "";
    }

    private String textOf(String key, ConfigKey known, @Nullable Object fallback) {
        Object value = values.getValue(key);
        if (value == null) {
            if (fallback == null) {
                throw wrong(key, "(absent)", known.remedy());
            }
            return fallback.toString();
        }
        if (!(value instanceof String given)) {
            throw wrong(key, value, known.remedy());
        }
        String text = given(key, given.trim());
        boolean good = known.kind() == Kind.NAME
                ? NAME.matcher(text).matches()
                : known.choices().isEmpty()
                        ? !text.isEmpty() || "".equals(known.fallback())
                        : known.choices().contains(text);
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw wrong(
                    key,
                    quoted(value),
                    "has a control character in it" + (source.classic() ? "; write a backslash twice" : ""));
        }
        if (!good) {
            throw wrong(key, quoted(value), known.remedy());
        }
        return text;
    }

    long number(String key) {
        ConfigKey known = ConfigKeys.at(schemaPath + key);
        Object value = values.getValue(key);
        if (value == null) {
            if (!(known.fallback() instanceof Number fallback)) {
                throw wrong(key, "(absent)", known.remedy());
            }
            return note(key, fallback.longValue());
        }
        long number;
        if (value instanceof Integer || value instanceof Long) {
            number = ((Number) value).longValue();
        } else if (source.classic()
                && value instanceof String text
                && text.trim().matches("-?\\d{1,18}")) {
            number = Long.parseLong(text.trim());
        } else {
            throw wrong(key, quoted(value), known.remedy());
        }
        if (number < known.min() || number > known.max()) {
            throw wrong(key, value, known.remedy());
        }
        return note(key, number);
    }

    int integer(String key) {
        return Math.toIntExact(number(key));
    }

    /** Records that another value than the default is in force for an absent key. */
    long raised(String key, long value) {
        return note(key, value);
    }

    boolean flag(String key) {
        ConfigKey known = ConfigKeys.at(schemaPath + key);
        Object value = values.getValue(key);
        if (value == null) {
            return note(key, Boolean.TRUE.equals(known.fallback()));
        }
        if (value instanceof Boolean flag) {
            return note(key, flag);
        }
        if (source.classic() && value instanceof String text) {
            String word = text.trim().toLowerCase(Locale.ROOT);
            if (word.equals("true") || word.equals("false")) {
                return note(key, word.equals("true"));
            }
        }
        throw wrong(key, quoted(value), known.remedy());
    }

    List<String> addresses(String key) {
        Object value = values.getValue(key);
        List<String> addresses = new ArrayList<>();
        if (value != null) {
            ConfigKey known = ConfigKeys.at(schemaPath + key);
            if (!(value instanceof JsonArray list)) {
                throw wrong(key, quoted(value), known.remedy());
            }
            for (Object element : list) {
                HostPort address = element instanceof String text ? HostPort.parse(given(key, text)) : null;
                if (address == null) {
                    throw wrong(key, quoted(element), "must be host:port with a port from 1 to 65535");
                }
                if (addresses.contains(address.toString())) {
                    throw wrong(key, quoted(element), "is there twice; name it once");
                }
                addresses.add(address.toString());
            }
        }
        note(key, String.join(";", addresses));
        return List.copyOf(addresses);
    }

    List<String> names(String key) {
        Object value = values.getValue(key);
        ConfigKey known = ConfigKeys.at(schemaPath + key);
        List<String> names = new ArrayList<>();
        if (value != null && !(value instanceof JsonArray)) {
            throw wrong(key, quoted(value), known.remedy());
        }
        for (Object element : value instanceof JsonArray list ? list : new JsonArray()) {
            if (!(element instanceof String text) || !NAME.matcher(text).matches()) {
                throw wrong(key, quoted(element), known.remedy());
            }
            names.add(text);
        }
        note(key, String.join(",", names));
        return List.copyOf(names);
    }

    Map<String, String> peers(String key) {
        Object value = values.getValue(key);
        Map<String, String> peers = new LinkedHashMap<>();
        if (value == null) {
            return peers;
        }
        ConfigKey known = ConfigKeys.at(schemaPath + key);
        if (!(value instanceof JsonObject object) || object.isEmpty()) {
            throw wrong(key, value, known.remedy());
        }
        for (Map.Entry<String, Object> entry : object) {
            HostPort address = entry.getValue() instanceof String text ? HostPort.parse(given(key, text)) : null;
            String shown = entry.getKey() + ": " + entry.getValue();
            if (address == null || !NAME.matcher(entry.getKey()).matches()) {
                throw wrong(key, shown, "must be a node id with host:port and a port from 1 to 65535");
            }
            if (peers.containsValue(address.toString())) {
                throw wrong(key, shown, "another member has this address; give each its own");
            }
            peers.put(entry.getKey(), address.toString());
        }
        note(key, peers.toString());
        return peers;
    }

    JsonObject free(String key) {
        Object value = values.getValue(key);
        if (value == null) {
            return new JsonObject();
        }
        if (!(value instanceof JsonObject object)) {
            throw wrong(key, value, ConfigKeys.at(schemaPath + key).remedy());
        }
        return object.copy();
    }

    /** The text with the environment in it and nothing of a template left. */
    private String given(String key, String text) {
        String expanded = expanded(key, text, quoted(text));
        String left = Placeholders.left(expanded);
        if (left != null) {
            throw wrong(key, quoted(text), "\"" + left + "\" is left of a template; write the value itself");
        }
        return expanded;
    }

    private String expanded(String key, String text, Object shown) {
        try {
            return source.placeholders().expand(text);
        } catch (Placeholders.Unresolved e) {
            throw wrong(key, shown, String.valueOf(e.getMessage()));
        }
    }

    private <T> T note(String key, T value) {
        source.effective().put(shown(key), value.toString());
        return value;
    }

    private static Object quoted(Object value) {
        return value instanceof String ? "\"" + value + "\"" : value;
    }
}
