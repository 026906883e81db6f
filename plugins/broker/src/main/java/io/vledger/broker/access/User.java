package io.vledger.broker.access;

import io.vledger.access.key.Sealed;

/**
 * A user of RocketMQ 5's access control.
 *
 * @param name RocketMQ's {@code username}
 * @param superUser whether he may do everything
 * @param enabled whether he may do anything
 * @param password sealed with the key of access control
 */
public record User(String name, boolean superUser, boolean enabled, Sealed password) {
    /** Longest name, in UTF-8. */
    static final int MAX_NAME_BYTES = 255;
}
