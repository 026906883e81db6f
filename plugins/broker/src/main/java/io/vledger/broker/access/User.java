package io.vledger.broker.access;

import io.vledger.access.key.Sealed;
import java.nio.charset.StandardCharsets;

/**
 * A user of RocketMQ 5's access control.
 *
 * @param name RocketMQ's {@code username}
 * @param superUser whether everything is allowed
 * @param enabled whether anything is allowed
 * @param password sealed with the key of access control
 */
public record User(String name, boolean superUser, boolean enabled, Sealed password) {
    /** Longest name, in UTF-8. */
    static final int MAX_NAME_BYTES = 255;

    /** Whether a name is not too long. */
    static boolean fits(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME_BYTES;
    }
}
