package io.vledger.importer.agree;

import java.util.regex.Pattern;

/** Names of RocketMQ's index files: the time at which each was made. */
final class IndexFileName {
    private static final Pattern NAME = Pattern.compile("\\d{17}");

    private IndexFileName() {}

    static boolean valid(String name) {
        return NAME.matcher(name).matches();
    }
}
