package io.vledger.api.store;

import io.vertx.core.json.JsonObject;
import io.vledger.api.disk.Disk;
import java.nio.file.Path;

/** A storage backend; provided as a service under its type's name, for example {@code mmap}. */
public interface StoreProvider {
    /**
     * Opens or creates the store of a group. Blocks; call it on a worker.
     *
     * @param spec what to open
     * @throws StoreException.Foreign if the directory is another's
     */
    GroupStore open(StoreSpec spec) throws StoreException;

    /**
     * Opens over a disk of the caller's, for tests and the simulator.
     *
     * @throws UnsupportedOperationException if the backend needs real files
     */
    GroupStore open(StoreSpec spec, Disk disk) throws StoreException;

    /**
     * What to open.
     *
     * @param directory the group's directory
     * @param group its name; checked against what the directory says
     * @param node this node's id; checked likewise
     * @param segmentBytes segment size for a new log; an existing one must have the same
     * @param base where a new log begins
     * @param settings further settings
     */
    record StoreSpec(Path directory, String group, String node, long segmentBytes, LogBase base, JsonObject settings) {}
}
