package io.vledger.kernel.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One key of the configuration: all that the reader, the error messages and the reference page know about it.
 *
 * @param path where it stands in the JSON file; {@code []} marks the elements of a list
 * @param kind what values it takes
 * @param unit unit of a number, or an empty string
 * @param fallback value when the key is absent; null if it must be there or is worked out from others
 * @param derived how an absent value is worked out, or an empty string
 * @param min least number allowed
 * @param max greatest number allowed
 * @param choices words allowed; empty for any
 * @param classic the key of {@code broker.conf} that means the same, or an empty string
 * @param meaning one sentence for the reference page
 */
record ConfigKey(
        String path,
        Kind kind,
        String unit,
        @Nullable Object fallback,
        String derived,
        long min,
        long max,
        List<String> choices,
        String classic,
        String meaning) {

    /** What values a key takes. */
    enum Kind {
        /** Any text that is not empty. */
        TEXT,
        /** A name that may be a directory and a topic. */
        NAME,
        /** A whole number. */
        INTEGER,
        /** True or false. */
        FLAG,
        /** A list of {@code host:port}. */
        ADDRESSES,
        /** A list of names. */
        NAMES,
        /** An object of node ids with their {@code host:port}. */
        PEERS,
        /** An object that belongs to somebody else. */
        FREE
    }

    static ConfigKey text(String path, @Nullable String fallback, String classic, String meaning) {
        return new ConfigKey(path, Kind.TEXT, "", fallback, "", 0, 0, List.of(), classic, meaning);
    }

    static ConfigKey name(String path, @Nullable String fallback, String classic, String meaning) {
        return new ConfigKey(path, Kind.NAME, "", fallback, "", 0, 0, List.of(), classic, meaning);
    }

    static ConfigKey word(String path, String fallback, List<String> choices, String classic, String meaning) {
        return new ConfigKey(path, Kind.TEXT, "", fallback, "", 0, 0, choices, classic, meaning);
    }

    static ConfigKey number(
            String path, @Nullable Long fallback, String unit, long min, long max, String classic, String meaning) {
        return new ConfigKey(path, Kind.INTEGER, unit, fallback, "", min, max, List.of(), classic, meaning);
    }

    static ConfigKey flag(String path, boolean fallback, String classic, String meaning) {
        return new ConfigKey(path, Kind.FLAG, "", fallback, "", 0, 0, List.of(), classic, meaning);
    }

    static ConfigKey other(String path, Kind kind, String classic, String meaning) {
        return new ConfigKey(path, kind, "", null, "", 0, 0, List.of(), classic, meaning);
    }

    /** This key with words on how an absent value is worked out. */
    ConfigKey derivedFrom(String how) {
        return new ConfigKey(path, kind, unit, fallback, how, min, max, choices, classic, meaning);
    }

    /** What the reference page says about an absent value. */
    String shownDefault() {
        if (!derived.isEmpty()) {
            return derived;
        }
        return fallback == null ? "required" : fallback.toString();
    }

    /** What the value must be, as the end of an error message. */
    String remedy() {
        return switch (kind) {
            case TEXT ->
                choices.isEmpty() ? "must be a text that is not empty" : "must be " + String.join(" or ", choices);
            case NAME -> "must be 1 to 100 characters of a-z, A-Z, 0-9, _ and -";
            case INTEGER ->
                "must be a whole number from " + min + " to " + max + (unit.isEmpty() ? "" : " (" + unit + ")");
            case FLAG -> "must be true or false";
            case ADDRESSES -> "must be a list of host:port, for example [\"127.0.0.1:9876\"]";
            case NAMES -> "must be a list of names, for example [\"audit\"]";
            case PEERS -> "must be an object of node ids with host:port, for example {\"n0\": \"127.0.0.1:40911\"}";
            case FREE -> "must be an object";
        };
    }
}
