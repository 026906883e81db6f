package io.vledger.api.store;

/** What has happened to an entry on a quorum before it is acknowledged. */
public enum Durability {
    /** It was flushed to the disk. Survives power loss of all nodes at once. */
    SYNC,
    /** It is in the operating system's page cache. Survives the death of processes, and power loss of a minority of machines. */
    ASYNC
}
