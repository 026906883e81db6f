package io.vledger.raft.driver.verticle;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.disk.Disk;
import io.vledger.api.group.GroupRole;
import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.Origin;
import io.vledger.api.store.Durability;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardStateStore;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.SnapshotStore;
import io.vledger.api.store.StoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory runs out on the loop or the lane of a leader: it must not go on as a leader that does nothing. */
class OutOfMemoryTest {
    @TempDir
    Path directory;

    private final LocalMembers group = new LocalMembers(3);
    private final Map<String, LocalMember> members = group.running;
    /** Name of the node whose appends find no memory. */
    private final AtomicReference<String> poor = new AtomicReference<>("");

    @BeforeEach
    void startAll() throws Exception {
        for (String id : group.peers.keySet()) {
            members.put(
                    id,
                    new LocalMember(
                            id, directory.resolve(id), group.peers, Durability.SYNC, 1 << 20, new PoorOrigin(id)));
        }
    }

    @AfterEach
    void stopAll() throws Exception {
        group.stopAll();
    }

    private void anotherLeadsAfter(LocalMember failed) throws Exception {
        group.await("it has failed", () -> failed.role() == GroupRole.FAILED);
        group.await("it says so", () -> failed.group.status().reason().contains("out of memory (injected)"));
        assertThat(failed.group.status().writable()).isFalse();
        LocalMember next = group.leader();
        assertThat(next).isNotSameAs(failed);
        assertThat(next.propose(2).get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aLeaderWhoseLaneIsOutOfMemoryFailsAndAnotherLeads() throws Exception {
        LocalMember leader = group.leader();
        assertThat(leader.propose(1).get(20, TimeUnit.SECONDS)).isTrue();
        poor.set(leader.group.node());
        CompletableFuture<Boolean> lost = leader.propose(99);
        anotherLeadsAfter(leader);
        assertThat(lost.getNow(false)).as("acknowledged").isFalse();
    }

    @Test
    void aLeaderWhoseLoopIsOutOfMemoryFailsAndAnotherLeads() throws Exception {
        LocalMember leader = group.leader();
        assertThat(leader.propose(1).get(20, TimeUnit.SECONDS)).isTrue();
        leader.group.execute(() -> {
            throw new OutOfMemoryError("injected");
        });
        anotherLeadsAfter(leader);
    }

    /** No origin, and a log that runs out of memory on request. */
    private final class PoorOrigin implements Origin {
        private final String node;

        PoorOrigin(String node) {
            this.node = node;
        }

        @Override
        public LogBase base() {
            return LogBase.EMPTY;
        }

        @Override
        public String identity() {
            return "";
        }

        @Override
        public InitialState initialState() {
            return new InitialState(List.of(), List.of(), List.of(), Map.of());
        }

        @Override
        public GroupStore continuedBy(GroupStore own) {
            LogStore log = (LogStore) Proxy.newProxyInstance(
                    LogStore.class.getClassLoader(), new Class<?>[] {LogStore.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("append")
                                && requireNonNull(poor.get()).equals(node)) {
                            throw new OutOfMemoryError("injected");
                        }
                        try {
                            return method.invoke(own.log(), arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
            return new PoorStore(own, log);
        }
    }

    private record PoorStore(GroupStore own, LogStore log) implements GroupStore {
        @Override
        public HardStateStore hardState() {
            return own.hardState();
        }

        @Override
        public SnapshotStore snapshots() {
            return own.snapshots();
        }

        @Override
        public QueueIndex queues() {
            return own.queues();
        }

        @Override
        public KeyIndex keys() {
            return own.keys();
        }

        @Override
        public Disk.Space space() throws StoreException {
            return own.space();
        }

        @Override
        public void close() throws StoreException {
            own.close();
        }
    }
}
