package io.vledger.access.plain;

import org.jspecify.annotations.Nullable;

/** What an account of ACL 1.0 may do with a topic or a group. */
public enum PlainPermission {
    /** Nothing. */
    DENY(false, false),
    /** Send. */
    PUB(true, false),
    /** Consume. */
    SUB(false, true),
    /** Both. */
    BOTH(true, true);

    private final boolean pub;
    private final boolean sub;

    PlainPermission(boolean pub, boolean sub) {
        this.pub = pub;
        this.sub = sub;
    }

    /** Whether it allows sending. */
    public boolean pub() {
        return pub;
    }

    /** Whether it allows consuming. */
    public boolean sub() {
        return sub;
    }

    /**
     * Reads a permission; an absent one denies.
     *
     * @throws IllegalArgumentException for another word than RocketMQ's, which RocketMQ takes for {@code DENY} in silence
     */
    public static PlainPermission parse(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return DENY;
        }
        return switch (text.strip()) {
            case "DENY" -> DENY;
            case "PUB" -> PUB;
            case "SUB" -> SUB;
            case "PUB|SUB", "SUB|PUB" -> BOTH;
            default ->
                throw new IllegalArgumentException("the permission " + text + " must be PUB, SUB, PUB|SUB or DENY");
        };
    }

    /** RocketMQ's word. */
    public String label() {
        return this == BOTH ? "PUB|SUB" : name();
    }
}
