package io.vledger.broker.pull;

import io.vledger.broker.filter.TagFilter;
import org.jspecify.annotations.Nullable;

/** The subscriptions that consumers sent in their heartbeats, in the form that pulls need. Loop only. */
@FunctionalInterface
public interface Subscriptions {
    /** The registered group, or null if none of its consumers is online here. */
    @Nullable
    Consumers group(String group);

    /** The consumers of a group. */
    interface Consumers {
        /** Whether they consume in broadcasting mode. */
        boolean broadcasting();

        /** Their subscription to a topic, or null. */
        @Nullable
        Subscription topic(String topic);
    }

    /**
     * A subscription.
     *
     * @param version grows with each change
     * @param tagged whether the expression is of type TAG
     * @param filter the tags
     */
    record Subscription(long version, boolean tagged, TagFilter filter) {}
}
