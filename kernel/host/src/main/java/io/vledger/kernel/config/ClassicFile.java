package io.vledger.kernel.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/**
 * A classic {@code broker.conf} as RocketMQ reads it: a properties file in ISO-8859-1, every value a text, the last of two equal
 * keys in force. Beside the values it knows their lines, and it refuses what is no such file at all, where RocketMQ would run on
 * defaults.
 *
 * <p>Immutable; any thread.
 */
final class ClassicFile {
    private static final byte[] UTF8_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final int MAX_KEYS = 10_000;

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();

    /**
     * One key.
     *
     * @param line where it begins, from 1
     * @param continued whether its value goes on in further lines
     */
    record Entry(String value, int line, boolean continued) {}

    private ClassicFile() {}

    /**
     * Reads the bytes of a file.
     *
     * @param file for messages
     * @throws ConfigException if this is no properties file of a broker
     */
    static ClassicFile parse(String file, byte[] bytes) {
        refuseOtherFormats(file, bytes);
        ClassicFile read = new ClassicFile();
        boolean marked = startsWithMark(bytes);
        int from = marked ? UTF8_MARK.length : 0;
        String text = new String(bytes, from, bytes.length - from, StandardCharsets.ISO_8859_1);
        read.readLines(file, text.split("\r\n|\r|\n", -1));
        if (read.entries.isEmpty()) {
            throw new ConfigException(file, "has no key in it; is this the broker.conf?");
        }
        if (marked) {
            read.warnings.add(file + ": begins with a byte order mark, for which RocketMQ ignores the first key, "
                    + read.entries.keySet().iterator().next() + "; it counts here");
        }
        return read;
    }

    /** Refuses a file in which no key is one of RocketMQ or of this broker. */
    void requireKnownKey(String file) {
        Set<String> known = ClassicKeys.known();
        if (entries.keySet().stream().noneMatch(key -> known.contains(key) || ProtectiveKeys.isKnown(key))) {
            Map.Entry<String, Entry> first = entries.entrySet().iterator().next();
            throw new ConfigException(
                    file,
                    first.getValue().line(),
                    "has no key of a broker.conf, it begins with \"" + shortened(first.getKey())
                            + "\"; name the properties file of a broker, with lines such as listenPort=10911");
        }
    }

    /** Keys with their values, in the order of the file. */
    Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        entries.forEach((key, entry) -> values.put(key, entry.value()));
        return values;
    }

    /** Keys with all that is known of them, in the order of the file. */
    Map<String, Entry> entries() {
        return Collections.unmodifiableMap(entries);
    }

    /** What a person should look at, one line each. */
    List<String> warnings() {
        return List.copyOf(warnings);
    }

    private static void refuseOtherFormats(String file, byte[] bytes) {
        if (bytes.length >= 2 && (bytes[0] & bytes[1]) == (byte) 0xFE && bytes[0] != bytes[1]) {
            throw new ConfigException(file, "is written in UTF-16; save it as UTF-8 or ISO-8859-1");
        }
        int line = 1;
        for (byte b : bytes) {
            if (b == '\n') {
                line++;
            }
            boolean control = b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f';
            if (control || b == 0x7F) {
                throw new ConfigException(
                        file,
                        line,
                        "has the control character " + b + " in it, so it is no properties file; name a broker.conf");
            }
        }
        int start = startsWithMark(bytes) ? UTF8_MARK.length : 0;
        String head =
                new String(bytes, start, Math.min(bytes.length - start, 4096), StandardCharsets.ISO_8859_1).strip();
        if (head.isEmpty()) {
            throw new ConfigException(file, "is empty; is this the broker.conf?");
        }
        if (head.charAt(0) == '{') {
            throw new ConfigException(file, "is JSON, not a properties file; start with -conf " + file);
        }
        if (head.charAt(0) == '[') {
            throw new ConfigException(file, "is no properties file, it begins with \"[\"; name a broker.conf");
        }
        if (head.charAt(0) == '<') {
            throw new ConfigException(file, "is HTML or XML, not a properties file; name a broker.conf");
        }
        if (head.startsWith("---")) {
            throw new ConfigException(file, "is YAML, not a properties file; name a broker.conf, with lines key=value");
        }
    }

    private static boolean startsWithMark(byte[] bytes) {
        return bytes.length >= UTF8_MARK.length
                && Arrays.equals(bytes, 0, UTF8_MARK.length, UTF8_MARK, 0, UTF8_MARK.length);
    }

    /** Puts natural lines together to logical ones, as {@link Properties} does, and reads each. */
    private void readLines(String file, String[] lines) {
        for (int i = 0; i < lines.length; i++) {
            String start = lines[i].stripLeading();
            if (start.isEmpty() || start.charAt(0) == '#' || start.charAt(0) == '!') {
                continue;
            }
            int first = i;
            StringBuilder logical = new StringBuilder(lines[i]);
            while (goesOn(lines[i]) && i + 1 < lines.length) {
                i++;
                logical.append('\n').append(lines[i]);
            }
            if (i + 1 < lines.length) {
                logical.append('\n');
            }
            read(file, logical.toString(), first + 1, i > first);
        }
    }

    private static boolean goesOn(String line) {
        int slashes = 0;
        while (slashes < line.length() && line.charAt(line.length() - 1 - slashes) == '\\') {
            slashes++;
        }
        return slashes % 2 == 1;
    }

    private void read(String file, String logical, int line, boolean continued) {
        Properties one = new Properties();
        try {
            one.load(new StringReader(logical));
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException(
                    file, line, "is not a properties file: " + e.getMessage() + "; write a backslash as \\\\");
        }
        // A line of separators only makes an empty key, which nobody has a use for.
        one.remove("");
        for (String key : one.stringPropertyNames()) {
            Entry before = entries.put(key, new Entry(one.getProperty(key), line, continued));
            if (before != null && !before.value().equals(one.getProperty(key))) {
                warnings.add(file + ": " + shortened(key) + " is there twice, in line " + before.line() + " and line "
                        + line + "; the last counts, as in RocketMQ");
            }
            if (entries.size() > MAX_KEYS) {
                throw new ConfigException(file, "has more than " + MAX_KEYS + " keys, which no broker.conf has");
            }
        }
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
