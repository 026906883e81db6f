package io.vledger.importer.exchange;

import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.store.PeerCopies;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks the other members of a group that runs, over connections that last as long as one repair. Safe for use by any thread. */
final class AskedCopies implements PeerCopies {
    private static final int ANSWER_TIMEOUT_MS = 10_000;

    private final WorkerExecutor workers;
    private final Map<String, PeerClient> clients = new LinkedHashMap<>();
    private final PeerQueries queries;

    AskedCopies(Vertx vertx, WorkerExecutor workers, String node, GroupConfig config) {
        this.workers = workers;
        config.peers().forEach((peer, address) -> {
            if (!peer.equals(node)) {
                clients.put(peer, new PeerClient(vertx, config.name(), peer, address, ANSWER_TIMEOUT_MS));
            }
        });
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

    @Override
    public void done() {
        clients.values().forEach(PeerClient::disconnect);
    }

    void close() {
        clients.values().forEach(PeerClient::close);
    }
}
