package io.vledger.kernel.config;

/** A configuration that cannot be used; the message is one line that names file, line if it is known, key, value and remedy. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int MAX_VALUE_CHARS = 200;

    /** What is wrong with a file as a whole. */
    public ConfigException(String file, String problem) {
        super(oneLine(file + ": " + problem), null, false, false);
    }

    /** What is wrong with a line of a file; 0 if the line is not known. */
    ConfigException(String file, int line, String problem) {
        this(file, at(line) + problem);
    }

    /** What is wrong with the value of a key. */
    public ConfigException(String file, String key, Object value, String remedy) {
        this(file, 0, key, value, remedy);
    }

    /** What is wrong with the value of a key in a line; 0 if the line is not known. */
    ConfigException(String file, int line, String key, Object value, String remedy) {
        this(file, at(line) + key + " = " + shown(value) + ": " + remedy);
    }

    private static String at(int line) {
        return line > 0 ? "line " + line + ": " : "";
    }

    private static String shown(Object value) {
        String text = String.valueOf(value);
        return text.length() <= MAX_VALUE_CHARS ? text : text.substring(0, MAX_VALUE_CHARS) + "…";
    }

    /** Also without what would move the cursor of a terminal. */
    private static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ").replaceAll("[\\p{Cc}\\u2028\\u2029]", "?");
    }
}
