package io.vledger.launcher.exit;

/** The launcher cannot do what it was asked; the message is one line for the user. */
public final class LauncherException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Without a cause. */
    public LauncherException(String message) {
        super(message);
    }

    /** With the cause, for {@code -v}. */
    public LauncherException(String message, Throwable cause) {
        super(message, cause);
    }
}
