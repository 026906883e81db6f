package io.vledger.api.group;

import java.util.List;
import java.util.Map;

/**
 * What the name service needs to publish a group: where this member serves clients, what it is at the moment,
 * and the topics. Offered under the group's name by the plugin that serves the group.
 *
 * <p>All methods may be called on any thread and do not block.
 */
public interface RouteSource {
    /** What follows a group's name in its second broker name; see {@link #standbyQueues}. */
    String STANDBY_SUFFIX = "-standby";

    /** Name of the group: RocketMQ's {@code brokerName}. */
    String group();

    /** RocketMQ's {@code brokerClusterName}. */
    String cluster();

    /** Address {@code host:port} at which clients reach this member. */
    String clientAddress();

    /** The latest status. The term and whether this member leads decide how it is published. */
    GroupStatus status();

    /** The topics as of {@link #topicsVersion}: an immutable snapshot, cheap to ask for while nothing changes. */
    TopicsView topics();

    /** A number that differs whenever {@link #topics} differs; it only grows within a term. */
    long topicsVersion();

    /**
     * How many write queues of a topic producers are shown under the group's second broker name, that of the
     * {@link GroupStatus#standby}; 0 for none.
     */
    default int standbyQueues(Topic topic) {
        return 0;
    }

    /**
     * Registers a listener that is called, soon and on any thread, when role, leader, member addresses or topics changed. Several
     * changes may be reported as one.
     *
     * @return removes the listener
     */
    AutoCloseable onChange(Runnable listener);

    /**
     * Called by the listener: name servers show the topics of this version, as far as they can be reached. Answers that clients
     * act on at once wait for it.
     */
    default void published(long topicsVersion) {}

    /**
     * The topics of a group.
     *
     * @param version the {@link RouteSource#topicsVersion} of this snapshot
     * @param topics every topic, system topics included; at least two
     */
    record TopicsView(long version, List<Topic> topics) {}

    /**
     * One topic.
     *
     * @param name its name
     * @param readQueues queues that consumers read
     * @param writeQueues queues that producers write
     * @param perm RocketMQ's permission bits: 4 read, 2 write, 1 inherit
     * @param sysFlag RocketMQ's {@code topicSysFlag}
     * @param order whether it was created as an ordered topic
     * @param attributes RocketMQ's topic attributes; empty if there are none
     */
    record Topic(
            String name,
            int readQueues,
            int writeQueues,
            int perm,
            int sysFlag,
            boolean order,
            Map<String, String> attributes) {}
}
