package io.vledger.store.rocksdb;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** What was opened one after the other. */
final class Resources {
    private Resources() {}

    /** Closes all of it, the last first, whatever fails. */
    static void close(List<Closeable> opened) throws IOException {
        IOException failure = null;
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
