package io.vledger.importer;

import io.vledger.api.origin.UpgradeChecker;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** Makes an {@link UpgradeCheck} for the command {@code upgrade-check}, which finds this class in the plugin's jar. */
public final class UpgradeCheckProvider implements UpgradeChecker {
    @Override
    public int check(List<Path> configurations, boolean json, PrintWriter out) throws IOException {
        return new UpgradeCheck(configurations, json).run(out);
    }
}
