package io.vledger.guardrails;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Every package has a {@code package-info.java}, and that of main code says {@code @NullMarked}. */
final class PackageRules {
    private PackageRules() {}

    /** It lies beside the package's classes or, for tests, beside those that they test. */
    static List<Finding> packageInfo(List<SourceFile> files) {
        return without(files, file -> true, file -> true, "no package-info.java for ");
    }

    /** NullAway passes over a package whose {@code package-info.java} does not have the annotation. */
    static List<Finding> nullMarked(List<SourceFile> files) {
        return without(files, file -> file.path().contains("/src/main/"), PackageRules::marked, "no @NullMarked for ");
    }

    private static boolean marked(SourceFile packageInfo) {
        return packageInfo.tree().getPackageAnnotations().stream()
                .anyMatch(
                        annotation -> annotation.getAnnotationType().toString().equals("NullMarked"));
    }

    /** The packages of files that have no {@code package-info.java} as it must be. */
    private static List<Finding> without(
            List<SourceFile> files, Predicate<SourceFile> concerned, Predicate<SourceFile> complete, String what) {
        Set<String> described = new HashSet<>();
        for (SourceFile file : files) {
            if (file.path().endsWith("/package-info.java") && complete.test(file)) {
                described.add(key(file));
            }
        }
        List<Finding> found = new ArrayList<>();
        Set<String> named = new HashSet<>();
        for (SourceFile file : files) {
            if (concerned.test(file)
                    && !file.packageName().isEmpty()
                    && !described.contains(key(file))
                    && named.add(key(file))) {
                found.add(new Finding(file.path(), 1, what + file.packageName()));
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
