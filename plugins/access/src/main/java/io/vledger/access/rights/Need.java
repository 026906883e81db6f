package io.vledger.access.rights;

import io.vledger.protocol.TopicNames;
import java.util.Set;

/**
 * A right that a request needs.
 *
 * @param kind of the resource; never {@link ResourceKind#ANY}
 * @param name of the resource
 * @param actions of which one is enough
 */
public record Need(ResourceKind kind, String name, Set<Action> actions) {
    /** On a topic; a retry topic is its group. */
    public static Need topic(String name, Set<Action> actions) {
        return name.startsWith(TopicNames.RETRY_PREFIX)
                ? group(name, actions)
                : new Need(ResourceKind.TOPIC, name, actions);
    }

    /** On a group, which may be named by its retry topic. */
    public static Need group(String name, Set<Action> actions) {
        return new Need(ResourceKind.GROUP, plainGroup(name), actions);
    }

    private static String plainGroup(String name) {
        return name.startsWith(TopicNames.RETRY_PREFIX) ? name.substring(TopicNames.RETRY_PREFIX.length()) : name;
    }

    @Override
    public String toString() {
        return kind.label() + ":" + name;
    }
}
