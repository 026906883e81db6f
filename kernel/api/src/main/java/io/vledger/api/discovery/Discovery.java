package io.vledger.api.discovery;

import java.util.List;

/** Finds members of groups elsewhere; offered under the name {@code ""}. Methods may be called on any thread and do not block. */
public interface Discovery {
    /**
     * What other nodes report of their groups now: an immutable snapshot, cheap to ask for, the same object while nothing
     * changes. Bounded in number and in the length of each text, but otherwise unproven: its source may be mistaken,
     * out of date, or lying.
     */
    List<Sighting> sightings();

    /**
     * Calls a listener after each change of {@link #sightings}, on any thread; it must not block.
     *
     * @return removes the listener
     */
    AutoCloseable onChange(Runnable listener);

    /**
     * One member of one group as its node reports it.
     *
     * @param cluster RocketMQ's cluster name
     * @param group name of the group: RocketMQ's broker name
     * @param node id of the node that the member runs on
     * @param clientAddress where clients reach the member, {@code host:port}
     * @param term its Raft term
     * @param leads whether it says that it leads
     * @param topicsVersion differs when its topics differ
     */
    record Sighting(
            String cluster,
            String group,
            String node,
            String clientAddress,
            long term,
            boolean leads,
            long topicsVersion) {}
}
