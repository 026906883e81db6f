package io.vledger.raft.driver;

import io.vledger.raft.Message;
import java.util.List;

/** Sends messages to the other members. Loop only. */
public interface Links {
    /**
     * Sends a message, or drops it if there is no connection. Entries of an append request are {@link BatchEntries}, data of
     * an install request is {@link InstallData}; both are referenced for as long as sending takes, the caller keeps its own
     * references.
     */
    void send(String member, Message message);

    /** Client address that a member announced, or an empty string. */
    String clientAddress(String member);

    /** HTTP address of a member, this one included, as it was announced last, or an empty string. */
    default String httpAddress(String member) {
        return "";
    }

    /** Closes the connection to a member, which sent what no member sends; it is re-established. */
    void close(String member);

    /** Closes all connections and re-establishes them with the current {@link Replica#greeting}. */
    void reconnectAll();

    /** Whether there is a connection. */
    boolean connected(String member);

    /** Whether the member reports its progress ({@link KeepAlive}); one of an older version does not. */
    default boolean keepsAlive(String member) {
        return false;
    }

    /** Why there is no connection to a member, or what is wrong with the existing one; empty if nothing is known. */
    default String problem(String member) {
        return "";
    }

    /** Problems of the members' configurations, one sentence each. */
    default List<String> problems() {
        return List.of();
    }
}
