package io.vledger.broker.client;

import io.vledger.api.rpc.RpcConnection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What one connection has registered, so that it can be taken back when the connection closes. It is the connection's
 * attachment. Loop only.
 */
final class Session {
    private final Set<String> consumerGroups = new HashSet<>();
    private final Set<String> producerGroups = new HashSet<>();
    /** The fingerprint of the last full heartbeat of version 2 by client id. */
    private final Map<String, Integer> fingerprints = new HashMap<>();

    private boolean watched;

    /** The session of a connection, made when there is none yet. */
    static Session of(RpcConnection connection) {
        if (connection.attachment() instanceof Session session) {
            return session;
        }
        Session session = new Session();
        connection.attach(session);
        return session;
    }

    /** True the first time: the caller must then watch the connection for its end. */
    boolean claimWatch() {
        boolean first = !watched;
        watched = true;
        return first;
    }

    static Set<String> consumerGroupsOf(RpcConnection connection) {
        return connection.attachment() instanceof Session session ? session.consumerGroups : Set.of();
    }

    static Set<String> producerGroupsOf(RpcConnection connection) {
        return connection.attachment() instanceof Session session ? session.producerGroups : Set.of();
    }

    Set<String> consumerGroups() {
        return consumerGroups;
    }

    Set<String> producerGroups() {
        return producerGroups;
    }

    /** Notes the fingerprint of a full heartbeat. */
    void fingerprint(String clientId, int fingerprint) {
        fingerprints.put(clientId, fingerprint);
    }

    /** Whether the last full heartbeat of this client on this connection had this fingerprint. */
    boolean knows(String clientId, int fingerprint) {
        Integer known = fingerprints.get(clientId);
        return known != null && known == fingerprint;
    }
}
