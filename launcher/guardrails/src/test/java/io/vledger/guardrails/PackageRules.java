package io.vledger.guardrails;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Every package has a {@code package-info.java}, beside its classes or, for tests, beside those that it tests. */
final class PackageRules {
    private PackageRules() {}

    static List<Finding> packageInfo(List<SourceFile> files) {
        Set<String> described = new HashSet<>();
        for (SourceFile file : files) {
            if (file.path().endsWith("/package-info.java")) {
                described.add(key(file));
            }
        }
        List<Finding> found = new ArrayList<>();
        Set<String> named = new HashSet<>();
        for (SourceFile file : files) {
            if (!file.packageName().isEmpty() && !described.contains(key(file)) && named.add(key(file))) {
                found.add(new Finding(file.path(), 1, "no package-info.java for " + file.packageName()));
            }
        }
        return found;
    }

    /** The module and the package. */
    private static String key(SourceFile file) {
        int source = file.path().indexOf("/src/");
        String module = source < 0 ? "" : file.path().substring(0, source);
        // The client drivers are built from sources of their own and from shared ones, which describe the package.
        return module.replaceFirst("^launcher/acceptance/client-v[0-9]$", "") + " " + file.packageName();
    }
}
