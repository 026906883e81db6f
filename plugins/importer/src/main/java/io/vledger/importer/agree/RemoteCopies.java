package io.vledger.importer.agree;

import io.vertx.core.WorkerExecutor;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.store.PeerCopies;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks the other members of a group that runs. Safe for use by any thread. */
final class RemoteCopies implements PeerCopies {
    private static final int ANSWER_TIMEOUT_MS = 10_000;

    private final WorkerExecutor workers;
    private final Map<String, PeerClient> clients = new LinkedHashMap<>();
    private final PeerQueries queries;

    RemoteCopies(PeerChannel channel, WorkerExecutor workers, String node, GroupConfig config) {
        this.workers = workers;
        config.peers().keySet().stream()
                .filter(peer -> !peer.equals(node))
                .forEach(peer -> clients.put(peer, new PeerClient(channel, config.name(), peer, ANSWER_TIMEOUT_MS)));
        this.queries = new PeerQueries(Map.copyOf(clients));
    }

    @Override
    public List<String> members() {
        return List.copyOf(clients.keySet());
    }

    @Override
    public void start(Runnable work) {
        workers.executeBlocking(
                () -> {
                    work.run();
                    return true;
                },
                false);
    }

    @Override
    public byte[] read(String member, long file, long from, int length) throws IOException {
        return PeerQueries.await(queries.readLog(member, file, from, length), 2 * ANSWER_TIMEOUT_MS)
                .body()
                .getBytes();
    }

    void close() {
        clients.values().forEach(PeerClient::close);
    }
}
