package io.vledger.broker.access;

import io.vledger.access.key.Sealed;
import org.jspecify.annotations.Nullable;

/**
 * What of a user changes; null for what stays.
 *
 * @param superUser whether everything is allowed
 * @param enabled whether anything is allowed
 * @param password sealed
 */
record UserChange(@Nullable Boolean superUser, @Nullable Boolean enabled, @Nullable Sealed password) {
    User on(User before) {
        return new User(
                before.name(),
                superUser == null ? before.superUser() : superUser,
                enabled == null ? before.enabled() : enabled,
                password == null ? before.password() : password);
    }
}
