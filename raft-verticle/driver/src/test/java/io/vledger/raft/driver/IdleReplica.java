package io.vledger.raft.driver;

import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.raft.RaftSettings;
import io.vledger.testkit.SimDisk;
import java.util.List;
import java.util.Map;

/** A replica over a simulated disk whose loop, lane and clock stand still: for tests of what is around it. */
public final class IdleReplica {
    private IdleReplica() {}

    /** Member {@code node} of a group "g". */
    public static ReplicaSettings settings(String node, Map<String, String> addresses) {
        return settings(node, addresses, 300);
    }

    /** Member {@code node} of a group "g" with so long an election time-out. */
    public static ReplicaSettings settings(String node, Map<String, String> addresses, int electionMs) {
        return ReplicaSettings.builder(
                        "g", new RaftSettings(node, List.copyOf(addresses.keySet()), 50, electionMs, 1 << 20, ""))
                .raftAddresses(addresses)
                .clientAddress("127.0.0.1:2")
                .build();
    }

    /** A replica that sends over these links. */
    public static Replica of(ReplicaSettings settings, Links links) throws StoreException {
        var store = LoneMember.open(new SimDisk());
        Recovered recovered = Recovered.from(store, LogBase.EMPTY, settings, new FakeIdentity());
        Replica replica = new Replica(
                settings, store, recovered, new ManualShell(), (group, groupStore) -> new LoneMember.Numbers());
        replica.attach(
                new Lane() {
                    @Override
                    public void submit(LaneTask task) {}

                    @Override
                    public boolean stuck(long nowMs, long ms) {
                        return false;
                    }

                    @Override
                    public void close() {}
                },
                links);
        return replica;
    }
}
