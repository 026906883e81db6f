package io.vledger.broker.transaction;

import io.vledger.broker.state.TopicQueue;
import java.util.Map;

/**
 * Where a committed message is stored: in its queue, or where it waits for its time.
 *
 * @param queue the queue
 * @param dropped properties of the half message that it does not have
 * @param added properties that it has beside the others
 * @param preparedOffset the position of the half message, or what stands in its place where the message waits
 */
record CommitTarget(TopicQueue queue, String[] dropped, Map<String, String> added, long preparedOffset) {}
