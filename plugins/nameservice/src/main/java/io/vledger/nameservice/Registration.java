package io.vledger.nameservice;

import java.util.Map;

/**
 * What a broker tells a name server of itself.
 *
 * @param cluster name of its cluster
 * @param broker its broker name: the group
 * @param address where clients reach it
 * @param id broker id; 0 is the master
 * @param haAddress where its slaves would reach it
 * @param expiryMs silence after which it counts as gone, milliseconds
 * @param version of the topics; its state version orders masters
 * @param topics its topics by name
 */
record Registration(
        String cluster,
        String broker,
        String address,
        long id,
        String haAddress,
        long expiryMs,
        Version version,
        Map<String, QueueData> topics) {

    /** Broker id of a master. */
    static final long MASTER_ID = 0;
    /** Expiry unless the broker asks for another, milliseconds. */
    static final long EXPIRY_MS = 120_000;

    /**
     * RocketMQ's {@code DataVersion}.
     *
     * @param stateVersion the Raft term, for groups of ours
     * @param timestamp time of the last change, milliseconds
     * @param counter changes
     */
    record Version(long stateVersion, long timestamp, long counter) {
        /** Of a broker that was never heard of. */
        static final Version NONE = new Version(0, 0, 0);
    }

    /**
     * How one topic lies on one broker.
     *
     * @param readQueues queues that are read
     * @param writeQueues queues that are written
     * @param perm 4 read, 2 write, 1 inherit
     * @param sysFlag RocketMQ's topic flags
     */
    record QueueData(int readQueues, int writeQueues, int perm, int sysFlag) {
        QueueData withPerm(int newPerm) {
            return new QueueData(readQueues, writeQueues, newPerm, sysFlag);
        }
    }
}
