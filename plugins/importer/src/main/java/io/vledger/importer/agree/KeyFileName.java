package io.vledger.importer.agree;

import java.util.regex.Pattern;

/** Names of RocketMQ's index files: the time at which each was made. */
final class KeyFileName {
    private static final Pattern NAME = Pattern.compile("\\d{17}");

    private KeyFileName() {}

    static boolean valid(String name) {
        return NAME.matcher(name).matches();
    }
}
