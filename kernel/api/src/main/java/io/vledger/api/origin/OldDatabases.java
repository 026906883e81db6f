package io.vledger.api.origin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Reads small databases that an earlier broker has left; offered by a plugin that carries their library. */
public interface OldDatabases {
    /** Most bytes of keys and values of a database that is read. */
    long MAX_BYTES = 64L << 20;

    /**
     * What a database holds, in the order of its keys. Its directory is left as it is. Blocks.
     *
     * @throws IOException naming the directory, what is wrong and the remedy
     */
    List<OldRecord> read(Path directory) throws IOException;

    /**
     * One record.
     *
     * @param key its bytes; not to be changed
     * @param value its bytes; not to be changed
     */
    record OldRecord(byte[] key, byte[] value) {}
}
