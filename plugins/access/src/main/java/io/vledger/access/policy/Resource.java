package io.vledger.access.policy;

import io.vledger.access.rights.Need;
import io.vledger.access.rights.ResourceKind;
import org.jspecify.annotations.Nullable;

/**
 * What an entry of a policy is about, written {@code Topic:name}, {@code Topic:prefix*}, {@code Topic:*} or {@code *}.
 *
 * @param kind of the resource
 * @param pattern how the name is meant
 * @param name empty for {@link Pattern#ANY}
 */
public record Resource(ResourceKind kind, Pattern pattern, String name) {
    private static final String EVERYTHING = "*";

    /** How a name is meant; the more exact come first. */
    public enum Pattern {
        /** This one. */
        LITERAL,
        /** All that begin like this. */
        PREFIXED,
        /** All. */
        ANY
    }

    /** Reads a resource; null if it is none. */
    public static @Nullable Resource parse(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        if (text.equals(EVERYTHING)) {
            return new Resource(ResourceKind.ANY, Pattern.ANY, "");
        }
        int colon = text.indexOf(':');
        ResourceKind kind = ResourceKind.named(colon < 0 ? text : text.substring(0, colon));
        if (kind == null) {
            return null;
        }
        String name = colon < 0 ? "" : text.substring(colon + 1);
        if (name.equals(EVERYTHING)) {
            return new Resource(kind, Pattern.ANY, "");
        }
        return name.endsWith(EVERYTHING)
                ? new Resource(kind, Pattern.PREFIXED, name.substring(0, name.indexOf('*')))
                : new Resource(kind, Pattern.LITERAL, name);
    }

    /** Whether it is what a request needs a right on. */
    boolean matches(Need need) {
        if (kind == ResourceKind.ANY) {
            return true;
        }
        return kind == need.kind()
                && switch (pattern) {
                    case LITERAL -> need.name().equals(name);
                    case PREFIXED -> need.name().startsWith(name);
                    case ANY -> true;
                };
    }

    /** As it is written. */
    @Override
    public String toString() {
        if (kind == ResourceKind.ANY) {
            return EVERYTHING;
        }
        return kind.label() + ":"
                + switch (pattern) {
                    case LITERAL -> name;
                    case PREFIXED -> name + EVERYTHING;
                    case ANY -> EVERYTHING;
                };
    }
}
