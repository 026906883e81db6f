package io.vledger.broker.pull;

import io.vledger.broker.filter.MessageFilter;
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
     * @param type of the expression: {@link MessageFilter#TAG}, {@link MessageFilter#SQL92} or what else a client said
     * @param filter what is selected; null if the expression cannot be used
     * @param wrong what is wrong with the expression then, and where; otherwise empty
     */
    record Subscription(long version, String type, @Nullable MessageFilter filter, String wrong) {
        /** Whether the expression selects by tag. */
        boolean tagged() {
            return type.equals(MessageFilter.TAG);
        }
    }
}
