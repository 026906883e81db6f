package io.vledger.access.rights;

import org.jspecify.annotations.Nullable;

/** What rights are about. The order is part of stored policies: append only. */
public enum ResourceKind {
    /** In a policy: everything. */
    ANY("Any"),
    /** The cluster: what concerns a broker as a whole. */
    CLUSTER("Cluster"),
    /** A namespace; no request is about one. */
    NAMESPACE("Namespace"),
    /** A topic. */
    TOPIC("Topic"),
    /** A subscription group. */
    GROUP("Group");

    private final String label;

    ResourceKind(String label) {
        this.label = label;
    }

    /** RocketMQ's name. */
    public String label() {
        return label;
    }

    /** The kind of this name, in any case; null if there is none. */
    public static @Nullable ResourceKind named(String label) {
        for (ResourceKind kind : values()) {
            if (kind.label.equalsIgnoreCase(label)) {
                return kind;
            }
        }
        return null;
    }
}
