package io.vledger.access.policy;

import org.jspecify.annotations.Nullable;

/** Which of a user's two policies. */
public enum PolicyType {
    /** What counts first. */
    CUSTOM("Custom"),
    /** What counts where no custom entry matches. */
    DEFAULT("Default");

    private final String label;

    PolicyType(String label) {
        this.label = label;
    }

    /** RocketMQ's name. */
    public String label() {
        return label;
    }

    /** The type of this name in any case; null if there is none. */
    public static @Nullable PolicyType named(@Nullable String label) {
        for (PolicyType type : values()) {
            if (type.label.equalsIgnoreCase(label)) {
                return type;
            }
        }
        return null;
    }
}
