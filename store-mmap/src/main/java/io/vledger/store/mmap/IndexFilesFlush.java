package io.vledger.store.mmap;

import io.vledger.api.store.StoreException;
import io.vledger.store.common.IndexFlush;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A flush that writes to index files, and gives the room back that it took if it fails. */
abstract class IndexFilesFlush extends IndexFlush {
    private final String index;
    private final IndexFiles.FlushFiles files;
    private @Nullable StoreException failure;

    /** @param index its name in messages */
    IndexFilesFlush(String index, IndexFiles.FlushFiles files) {
        super(index);
        this.index = index;
        this.files = files;
    }

    /** What it may write to. */
    final IndexFiles.FlushFiles files() {
        return files;
    }

    /** Why the index must not be flushed again; null if it may. Once it has failed. */
    final @Nullable StoreException finalFailure() {
        return failure instanceof StoreException.DiskFull ? null : failure;
    }

    @Override
    protected final StoreException failed(IOException cause) {
        StoreException reported = Failures.of("writing a checkpoint of it", index, cause);
        failure = reported;
        try {
            files.abandon();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
        return reported;
    }
}
