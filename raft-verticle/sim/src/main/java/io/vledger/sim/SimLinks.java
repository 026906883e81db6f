package io.vledger.sim;

import io.vledger.raft.Message;
import io.vledger.raft.driver.Links;
import java.util.HashMap;
import java.util.Map;

/** A node's connections to the others. */
final class SimLinks implements Links {
    private final SimNode node;
    private final Cluster cluster;
    /** Which lives of members have sent a hello. */
    private final Map<String, Integer> connected = new HashMap<>();

    SimLinks(SimNode node, Cluster cluster) {
        this.node = node;
        this.cluster = cluster;
    }

    @Override
    public void send(String member, Message message) {
        if (connected.containsKey(member)) {
            cluster.network().send(node, member, message);
        }
    }

    @Override
    public String clientAddress(String member) {
        return connected.containsKey(member) ? SimNode.clientAddress(member) : "";
    }

    /** Simulated connections carry no state of their own: a new one would be the same. */
    @Override
    public void close(String member) {}

    @Override
    public void reconnectAll() {
        node.reconnectAll();
    }

    @Override
    public boolean connected(String member) {
        return connected.containsKey(member);
    }

    void connect(String member, int life) {
        connected.put(member, life);
    }

    /** Whether a life of a member has sent a hello before: the first frame of a connection is one. */
    boolean greeted(String member, int life) {
        return connected.getOrDefault(member, -1) >= life;
    }

    void disconnect(String member) {
        connected.remove(member);
    }
}
