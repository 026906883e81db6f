package io.vledger.launcher.exit;

import io.vledger.kernel.config.ConfigException;
import io.vledger.kernel.plugin.PluginException;
import java.io.PrintWriter;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one line on standard error that says why the process ends. */
public final class FailureMessage {
    private static final Logger LOG = LoggerFactory.getLogger(FailureMessage.class);

    private FailureMessage() {}

    /** Prints why a command failed; the stack trace goes to the debug log, which {@code -v} shows. */
    public static void print(Throwable failure, PrintWriter err) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        LOG.debug("the process ends", cause);
        print(sentence(cause), err);
    }

    /** Prints a line of our own. */
    public static void print(String line, PrintWriter err) {
        err.println("vledger: " + line.replaceAll("\\s*\\R\\s*", " "));
        err.flush();
    }

    private static String sentence(Throwable cause) {
        String message = cause.getMessage();
        if (cause instanceof ConfigException
                || cause instanceof PluginException
                || cause instanceof LauncherException) {
            return String.valueOf(message);
        }
        if (cause instanceof TimeoutException) {
            return "gave up waiting; the log in the data directory has more";
        }
        return "unexpected " + cause.getClass().getSimpleName() + (message == null ? "" : ": " + message)
                + "; run with -v for details";
    }
}
