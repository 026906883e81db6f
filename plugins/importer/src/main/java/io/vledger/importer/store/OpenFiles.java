package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads at places of many files, and keeps the ones used last open. Positional reads and no maps: a file may be deleted, and this
 * closed, while somebody reads. Safe for use by any thread.
 */
final class OpenFiles implements AutoCloseable {
    private static final int MAX_OPEN = 256;

    private final Map<Path, OpenFile> open = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    /** A file and how many are reading from it. */
    private static final class OpenFile {
        private final FileChannel channel;
        private int readers;
        private boolean unwanted;

        OpenFile(FileChannel channel) {
            this.channel = channel;
        }
    }

    /**
     * Appends bytes of a file to {@code target}.
     *
     * @throws StoreException.OutOfRange if the file is not there any more
     * @throws StoreException.Damaged if it ends before
     */
    void read(Path path, long at, int length, ByteBuf target) throws StoreException {
        OpenFile file = take(path);
        try {
            int done = 0;
            target.ensureWritable(length);
            while (done < length) {
                int read = target.writeBytes(file.channel, at + done, length - done);
                if (read < 0) {
                    throw new StoreException.Damaged(path + ": has ended before " + (at + length)
                            + "; it was cut: bring the old broker's file back");
                }
                done += read;
            }
        } catch (ClosedChannelException e) {
            forget(path, file);
            throw new StoreException("reading " + path + " was interrupted", e);
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException(path + " cannot be read at " + at + ": " + e.getMessage(), e);
        } finally {
            giveBack(file);
        }
    }

    private synchronized OpenFile take(Path path) throws StoreException {
        if (closed) {
            throw new StoreException("the store is closed");
        }
        OpenFile file = open.get(path);
        if (file == null) {
            try {
                file = new OpenFile(FileChannel.open(path, StandardOpenOption.READ));
            } catch (NoSuchFileException e) {
                throw new StoreException.OutOfRange(path + " is not there any more");
            } catch (IOException e) {
                throw new StoreException(path + " cannot be opened: " + e.getMessage(), e);
            }
            open.put(path, file);
            if (open.size() > MAX_OPEN) {
                forget(open.keySet().iterator().next());
            }
        }
        file.readers++;
        return file;
    }

    private synchronized void giveBack(OpenFile file) {
        file.readers--;
        closeIfUnwanted(file);
    }

    private synchronized void forget(Path path, OpenFile file) {
        if (open.get(path) == file) {
            forget(path);
        }
    }

    /** Closes a file once nobody reads from it. */
    synchronized void forget(Path path) {
        OpenFile file = open.remove(path);
        if (file != null) {
            file.unwanted = true;
            closeIfUnwanted(file);
        }
    }

    private static void closeIfUnwanted(OpenFile file) {
        if (file.unwanted && file.readers == 0) {
            try {
                file.channel.close();
            } catch (IOException e) {
                // It was read only: nothing can be lost.
                file.unwanted = true;
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        for (Path path : open.keySet().toArray(new Path[0])) {
            forget(path);
        }
    }
}
