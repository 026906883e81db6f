package io.vledger.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tokens of a node by what they allow. Only digests of them are kept, so that nothing can show one. */
final class AccessTokens {
    private static final String SCHEME = "Bearer ";

    private final Map<Role, byte[]> digests = new EnumMap<>(Role.class);

    /**
     * Tokens.
     *
     * @param read what reading needs; null if everybody may read
     * @param operate what changes of state need; null if programs of this machine are trusted
     * @param administer what plugins need; null if {@code operate} does
     */
    AccessTokens(@Nullable String read, @Nullable String operate, @Nullable String administer) {
        put(Role.READ, read);
        put(Role.OPERATE, operate);
        put(Role.ADMINISTER, administer);
    }

    private void put(Role role, @Nullable String token) {
        if (token != null) {
            digests.put(role, digest(token));
        }
    }

    /** Whether a request needs a token for this. */
    boolean needed(Role role) {
        return switch (role) {
            case READ -> digests.containsKey(Role.READ);
            case OPERATE -> digests.containsKey(Role.OPERATE);
            case ADMINISTER -> digests.containsKey(Role.ADMINISTER) || digests.containsKey(Role.OPERATE);
        };
    }

    /** What the token in an {@code Authorization} header allows; null if there is none or it is nobody's. */
    @Nullable
    Role role(@Nullable String authorization) {
        if (!given(authorization) || authorization == null) {
            return null;
        }
        byte[] shown = digest(authorization.substring(SCHEME.length()).trim());
        Role found = null;
        // All are compared, each in constant time: how long it takes says nothing about any of them.
        for (Role role : Role.values()) {
            byte[] expected = digests.getOrDefault(role, new byte[shown.length]);
            if (MessageDigest.isEqual(expected, shown)) {
                found = role;
            }
        }
        return found == Role.OPERATE && !digests.containsKey(Role.ADMINISTER) ? Role.ADMINISTER : found;
    }

    /** Whether there is a token, of whomever. */
    static boolean given(@Nullable String authorization) {
        return authorization != null
                && authorization.length() > SCHEME.length()
                && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    }

    private static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
