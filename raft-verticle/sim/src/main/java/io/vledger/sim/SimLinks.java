package io.vledger.sim;

import io.vledger.raft.Message;
import io.vledger.raft.driver.Links;
import java.util.HashSet;
import java.util.Set;

/** A node's connections to the others. */
final class SimLinks implements Links {
    private final SimNode node;
    private final Cluster cluster;
    private final Set<String> connected = new HashSet<>();

    SimLinks(SimNode node, Cluster cluster) {
        this.node = node;
        this.cluster = cluster;
    }

    @Override
    public void send(String member, Message message) {
        if (connected.contains(member)) {
            cluster.network().send(node, member, message);
        }
    }

    @Override
    public String clientAddress(String member) {
        return connected.contains(member) ? SimNode.clientAddress(member) : "";
    }

    @Override
    public boolean connected(String member) {
        return connected.contains(member);
    }

    void connect(String member) {
        connected.add(member);
    }

    void disconnect(String member) {
        connected.remove(member);
    }
}
