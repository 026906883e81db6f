package io.vledger.api.origin;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/**
 * The check before an upgrade, which a command makes without a node: the plugin's jar names it among its
 * {@link java.util.ServiceLoader} services, and its class needs a constructor without parameters. One thread.
 */
public interface UpgradeChecker {
    /**
     * Looks over the directories of stopped brokers, prints what it finds, and never writes.
     *
     * @param configurations each member's {@code broker.conf}
     * @param json whether to print JSON
     * @return the exit code: 0 if the members can start together, 2 if they cannot
     * @throws IOException if the check itself could not be made
     */
    int check(List<Path> configurations, boolean json, PrintWriter out) throws IOException;
}
