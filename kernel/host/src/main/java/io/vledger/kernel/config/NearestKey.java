package io.vledger.kernel.config;

import java.util.Locale;

/** Finds the known key that an unknown one was most likely meant to be. */
final class NearestKey {
    private NearestKey() {}

    /** The candidate with the least edit distance to {@code key}, case aside; ties go to the first. */
    static String of(String key, Iterable<String> candidates) {
        String best = "";
        int least = Integer.MAX_VALUE;
        String wanted = bounded(key);
        for (String candidate : candidates) {
            int distance = distance(wanted, bounded(candidate));
            if (distance < least) {
                least = distance;
                best = candidate;
            }
        }
        return best;
    }

    private static String bounded(String key) {
        return key.substring(0, Math.min(key.length(), 120)).toLowerCase(Locale.ROOT);
    }

    /** The edit distance of two keys, which are taken as they are. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
