package io.vledger.access.rights;

import org.jspecify.annotations.Nullable;

/** What is done to a resource, as RocketMQ names it. The order is part of stored policies: append only. */
public enum Action {
    /** In a policy: whatever is done. */
    ALL("All"),
    /** In a request: any right of the resource is enough. No policy has it. */
    ANY("Any"),
    /** Sending to a topic. */
    PUB("Pub"),
    /** Consuming of a topic, with a group. */
    SUB("Sub"),
    /** Making one. */
    CREATE("Create"),
    /** Changing it. */
    UPDATE("Update"),
    /** Deleting it. */
    DELETE("Delete"),
    /** Asking about it. */
    GET("Get"),
    /** Asking which there are. */
    LIST("List");

    private final String label;

    Action(String label) {
        this.label = label;
    }

    /** RocketMQ's name. */
    public String label() {
        return label;
    }

    /** The action of this name, in any case; null if there is none. */
    public static @Nullable Action named(String label) {
        for (Action action : values()) {
            if (action.label.equalsIgnoreCase(label)) {
                return action;
            }
        }
        return null;
    }
}
