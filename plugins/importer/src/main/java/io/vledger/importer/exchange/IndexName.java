package io.vledger.importer.exchange;

import java.util.regex.Pattern;

/** Names of RocketMQ's index files: the time at which each was made. */
final class IndexName {
    private static final Pattern NAME = Pattern.compile("\\d{17}");

    private IndexName() {}

    static boolean valid(String name) {
        return NAME.matcher(name).matches();
    }
}
