package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection that stays in this process: what is written at one end is read at the other, on the other's event loop,
 * without a copy. Behaves like a socket towards what is in its pipeline: reads stop while automatic reading is off, and an end that reads
 * too slowly makes the other one unwritable. Netty's own local channel needs an event loop of its own kind.
 */
final class InProcessChannel extends AbstractChannel {
    /** Bytes that one end may have unread before the other stops writing. */
    private static final int MAX_UNREAD_BYTES = 1 << 20;
    /** Buffers that are read in one go. */
    private static final int MAX_READS = 256;

    private static final ChannelMetadata METADATA = new ChannelMetadata(false);

    private final ChannelConfig config = new DefaultChannelConfig(this);
    private final SocketAddress local;
    private final SocketAddress remote;
    private final Queue<ByteBuf> unread = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unreadBytes = new AtomicInteger();
    private final AtomicBoolean drainQueued = new AtomicBoolean();
    private volatile @Nullable InProcessChannel peer;
    private volatile boolean closed;
    /** Set when the other end has closed; this one closes once it has read everything. */
    private volatile boolean ending;
    /** Set while this end has something to write and the other one has too much unread. */
    private volatile boolean blocked;

    private InProcessChannel(SocketAddress local, SocketAddress remote) {
        super(null);
        this.local = local;
        this.remote = remote;
    }

    /** Two ends that are connected; each is to be registered with its event loop. The first is the client's. */
    static InProcessChannel[] pair(InetSocketAddress client, InetSocketAddress server) {
        InProcessChannel first = new InProcessChannel(client, server);
        InProcessChannel second = new InProcessChannel(server, client);
        first.peer = second;
        second.peer = first;
        return new InProcessChannel[] {first, second};
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer out) {
        InProcessChannel other = peer;
        for (Object message = out.current(); message != null; message = out.current()) {
            if (other == null || other.closed || !(message instanceof ByteBuf bytes)) {
                out.remove(new ClosedChannelException());
                continue;
            }
            if (other.unreadBytes.get() > MAX_UNREAD_BYTES) {
                blocked = true;
                if (other.unreadBytes.get() > MAX_UNREAD_BYTES) {
                    break; // flushed again when the other end has read
                }
                blocked = false;
            }
            other.unreadBytes.addAndGet(bytes.readableBytes());
            other.unread.add(bytes.retain());
            out.remove();
        }
        if (other != null) {
            other.drainSoon();
        }
    }

    @Override
    protected void doBeginRead() {
        drainSoon();
    }

    private void drainSoon() {
        if (isRegistered() && drainQueued.compareAndSet(false, true)) {
            eventLoop().execute(this::drain);
        }
    }

    private void drain() {
        drainQueued.set(false);
        int reads = 0;
        while (config.isAutoRead() && reads < MAX_READS) {
            ByteBuf bytes = unread.poll();
            if (bytes == null) {
                break;
            }
            unreadBytes.addAndGet(-bytes.readableBytes());
            reads++;
            var unused = pipeline().fireChannelRead(bytes);
        }
        if (reads > 0) {
            var unused = pipeline().fireChannelReadComplete();
            unblockPeer();
        }
        if (closed) {
            releaseUnread();
        } else if (!unread.isEmpty() && config.isAutoRead()) {
            drainSoon();
        } else if (ending && unread.isEmpty()) {
            unsafe().close(voidPromise());
        }
    }

    private void unblockPeer() {
        InProcessChannel other = peer;
        if (other != null && other.blocked && unreadBytes.get() <= MAX_UNREAD_BYTES) {
            other.blocked = false;
            other.eventLoop().execute(() -> other.unsafe().flush());
        }
    }

    private void releaseUnread() {
        for (ByteBuf bytes = unread.poll(); bytes != null; bytes = unread.poll()) {
            unreadBytes.addAndGet(-bytes.readableBytes());
            bytes.release();
        }
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        promise.setSuccess();
        if (!unread.isEmpty() || ending) {
            eventLoop().execute(this::drain);
        }
    }

    @Override
    protected void doClose() {
        closed = true;
        releaseUnread();
        InProcessChannel other = peer;
        if (other != null && !other.closed) {
            other.ending = true;
            other.drainSoon();
            unblockPeer();
        }
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected void doBind(SocketAddress address) {
        throw new UnsupportedOperationException("both ends have their addresses from the beginning");
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new AbstractUnsafe() {
            @Override
            public void connect(SocketAddress to, @Nullable SocketAddress from, ChannelPromise promise) {
                promise.setFailure(new UnsupportedOperationException("both ends are connected from the beginning"));
            }
        };
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected SocketAddress localAddress0() {
        return local;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return remote;
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public boolean isActive() {
        return !closed;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }
}
