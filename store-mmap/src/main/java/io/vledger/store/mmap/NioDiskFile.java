package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.disk.UnreadableException;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A real file: written with positional writes, read through a read-only map of its first bytes, or positional reads beyond.
 *
 * <p>A map must not be touched after it was unmapped, nor behind the end of its file: the first kills the process, the second
 * raises an error at any instruction. So a reader holds the read side of a lock while it copies or looks, and whatever shortens or closes
 * the file takes the write side; the length is kept under the same lock. The read side costs some tens of nanoseconds, and
 * only a close or a cut waits, for as long as one copy takes.
 */
final class NioDiskFile implements DiskFile {
    private final Path path;
    /** Only it can lengthen a file without taking room. */
    private final RandomAccessFile file;

    private final FileChannel channel;
    private final long mappedBytes;
    private final MappedPages pages;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private long length;
    private volatile @Nullable MappedByteBuffer map;
    private boolean resized;

    NioDiskFile(Path path, long mappedBytes, MappedPages pages) throws IOException {
        this.path = path;
        this.pages = pages;
        this.file = new RandomAccessFile(path.toFile(), "rw");
        this.channel = file.getChannel();
        this.mappedBytes = Math.min(mappedBytes, Integer.MAX_VALUE - 4096);
        this.length = channel.size();
    }

    @Override
    public void write(long position, ByteBuf source) throws IOException {
        long at = position;
        if (source.nioBufferCount() == 1) {
            ByteBuffer bytes = source.nioBuffer();
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } else {
            at = gather(position, source);
        }
        if (at > length) {
            lock.writeLock().lock();
            try {
                length = at;
            } finally {
                lock.writeLock().unlock();
            }
        }
    }

    private long gather(long position, ByteBuf source) throws IOException {
        ByteBuffer[] parts = source.nioBuffers();
        channel.position(position);
        long left = source.readableBytes();
        while (left > 0) {
            left -= channel.write(parts);
        }
        return position + source.readableBytes();
    }

    @Override
    public void read(long position, int count, ByteBuf target) throws IOException {
        boolean throughMap = position + count <= mappedBytes;
        lock.readLock().lock();
        try {
            requireInside(position, count);
            if (throughMap) {
                copy(mapped(), position, count, target);
            } else {
                readPositional(position, count, target);
            }
        } finally {
            lock.readLock().unlock();
        }
        if (throughMap) {
            pages.read(count);
        }
    }

    /** Gives the pages of the map back; the next read makes another. Waits for no reader: one that is busy keeps it until the next time. */
    void dropMap() {
        if (lock.writeLock().tryLock()) {
            try {
                unmap();
            } finally {
                lock.writeLock().unlock();
            }
        }
    }

    private void unmap() {
        MappedByteBuffer current = map;
        map = null;
        pages.unmapped(this);
        if (current != null) {
            Unmapper.unmap(current);
        }
    }

    @Override
    public boolean show(long position, int count, Consumer<ByteBuf> viewer) throws IOException {
        lock.readLock().lock();
        try {
            requireInside(position, count);
            ByteBuffer source = position + count <= mappedBytes ? mapped() : null;
            if (source == null || position + count > source.capacity()) {
                return false;
            }
            viewer.accept(Unpooled.wrappedBuffer(source.slice((int) position, count)));
        } catch (InternalError e) {
            // As in copy; a read of the same bytes says which ones they are.
            return false;
        } finally {
            lock.readLock().unlock();
        }
        pages.read(count);
        return true;
    }

    private void requireInside(long position, int count) throws EOFException {
        if (position < 0 || count < 0 || position + count > length) {
            throw new EOFException(path + ": " + count + " bytes from " + position + " of " + length);
        }
    }

    private void copy(@Nullable ByteBuffer source, long position, int count, ByteBuf target) throws IOException {
        if (source == null || position + count > source.capacity()) {
            readPositional(position, count, target);
            return;
        }
        try {
            target.writeBytes(source.slice((int) position, count));
        } catch (InternalError e) {
            // This is how the virtual machine tells that the operating system could not read a page of a map.
            throw unreadable(position, count, e);
        }
    }

    /** The map; made at the first read that wants it, and again when the file has grown. Under the read lock. */
    private @Nullable ByteBuffer mapped() throws IOException {
        MappedByteBuffer current = map;
        long wanted = Math.min(mappedBytes, length);
        if (current != null && (current.capacity() >= wanted)) {
            return current;
        }
        if (wanted < mappedBytes) {
            // Still growing: mapping every length on the way would map the file over and over.
            return current;
        }
        synchronized (lock) {
            current = map;
            if (current == null || current.capacity() < wanted) {
                current = channel.map(MapMode.READ_ONLY, 0, wanted);
                map = current;
                pages.mapped(this);
            }
            return current;
        }
    }

    private void readPositional(long position, int count, ByteBuf target) throws IOException {
        target.ensureWritable(count);
        int left = count;
        while (left > 0) {
            int n;
            try {
                n = target.writeBytes(channel, position + count - left, left);
            } catch (ClosedChannelException e) {
                throw e;
            } catch (IOException e) {
                throw unreadable(position, count, e);
            }
            if (n <= 0) {
                throw new EOFException(path + ": " + left + " bytes missing of " + count + " from " + position);
            }
            left -= n;
        }
    }

    private UnreadableException unreadable(long position, int count, Throwable cause) {
        return new UnreadableException(
                path + ": cannot read " + count + " bytes from " + position + ": " + cause.getMessage(), cause);
    }

    @Override
    public void sync() throws IOException {
        channel.force(resized);
        resized = false;
    }

    @Override
    public void resize(long newLength) throws IOException {
        lock.writeLock().lock();
        try {
            file.setLength(newLength);
            length = newLength;
            resized = true;
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public long length() {
        lock.readLock().lock();
        try {
            return length;
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void close() throws IOException {
        lock.writeLock().lock();
        try {
            unmap();
            length = 0;
            file.close();
        } finally {
            lock.writeLock().unlock();
        }
    }
}
