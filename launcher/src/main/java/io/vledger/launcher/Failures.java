package io.vledger.launcher;

import io.vledger.kernel.config.ConfigException;
import io.vledger.kernel.plugin.PluginException;
import java.io.PrintWriter;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in one line why the process ends. */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private Failures() {}

    static void tell(Throwable failure, PrintWriter err) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        LOG.debug("the process ends", cause);
        Main.say(err, sentence(cause));
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
