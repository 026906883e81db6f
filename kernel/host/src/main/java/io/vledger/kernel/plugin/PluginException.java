package io.vledger.kernel.plugin;

/** A plugin cannot be used; the message is one line that names the plugin or its jar, what is wrong, and the remedy. */
public final class PluginException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Without a cause. */
    public PluginException(String message) {
        super(message);
    }

    /** With the cause, for the log file. */
    public PluginException(String message, Throwable cause) {
        super(message, cause);
    }
}
