package io.vledger.broker.state;

import io.vledger.protocol.message.MessageView;

/** Sees the messages of a topic as they are applied, on every member; see {@link StatePart#observers}. */
@FunctionalInterface
public interface MessageObserver {
    /**
     * A message was put into its queue. Subject to the rules of {@link StatePart}.
     *
     * @param message valid during the call
     */
    void applied(TopicQueue queue, MessageView message);
}
