package io.vledger.kernel.config;

/** A configuration that cannot be used; the message is one line that names file, key, value and the mend. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is wrong with a file as a whole. */
    public ConfigException(String file, String problem) {
        super(oneLine(file + ": " + problem), null, false, false);
    }

    /** What is wrong with the value of a key. */
    public ConfigException(String file, String key, Object value, String mend) {
        super(oneLine(file + ": " + key + " = " + shown(value) + ": " + mend), null, false, false);
    }

    private static String shown(Object value) {
        String text = String.valueOf(value);
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ");
    }
}
