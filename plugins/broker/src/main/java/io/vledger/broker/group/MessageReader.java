package io.vledger.broker.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.state.BrokerState;
import io.vledger.protocol.message.MessageView;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the message that starts at a position which a client named, without trusting it. Loop only. */
public final class MessageReader {
    private static final Logger LOG = LoggerFactory.getLogger(MessageReader.class);
    private static final int HEAD_BYTES = 8;

    private final BrokerState state;
    private final LogStore log;
    private final ColdReads coldReads;

    /** A reader of a group's log. */
    public MessageReader(BrokerState state, LogStore log, ColdReads coldReads) {
        this.state = state;
        this.log = log;
        this.coldReads = coldReads;
    }

    /**
     * Reads a message.
     *
     * @param position physical offset, from anywhere
     * @param done called on the loop, maybe before this returns, with the message's bytes, which it must release, or with why they
     *     cannot be read; with neither if no applied message starts there
     */
    public void read(long position, BiConsumer<@Nullable ByteBuf, @Nullable StoreException> done) {
        long end = state.appliedEnd();
        if (position < 0 || position > end - MessageView.FIXED_BYTES) {
            done.accept(null, null);
            return;
        }
        Attempt attempt = new Attempt(position, end);
        if (position >= log.hotPosition()) {
            attempt.run();
            done.accept(attempt.found, attempt.failure);
            return;
        }
        coldReads.run(attempt, () -> done.accept(attempt.found, attempt.failure));
    }

    /** One read and its result. */
    private final class Attempt implements Runnable {
        private final long position;
        private final long end;
        private @Nullable ByteBuf found;
        private @Nullable StoreException failure;

        Attempt(long position, long end) {
            this.position = position;
            this.end = end;
        }

        @Override
        public void run() {
            try {
                found = readNow(position, end);
            } catch (StoreException.OutOfRange gone) {
                LOG.debug("no message at position {}: {}", position, gone.getMessage());
            } catch (StoreException unreadable) {
                LOG.warn("cannot read the message at position {}: {}", position, unreadable.getMessage());
                failure = unreadable;
            }
        }
    }

    private @Nullable ByteBuf readNow(long position, long end) throws StoreException {
        ByteBuf message = PooledByteBufAllocator.DEFAULT.directBuffer(1024);
        boolean found = false;
        try {
            log.read(position, HEAD_BYTES, message);
            int size = message.getInt(0);
            int magic = message.getInt(Integer.BYTES);
            boolean plausible = (magic == MessageView.MAGIC_V1 || magic == MessageView.MAGIC_V2)
                    && size >= MessageView.FIXED_BYTES
                    && size <= LogRecord.MAX_LENGTH
                    && size <= end - position;
            if (plausible) {
                log.read(position, size, message.clear());
                MessageView view = new MessageView();
                found = view.wrap(message, 0, size) == null && view.physicalOffset() == position;
            }
        } finally {
            if (!found) {
                message.release();
            }
        }
        return found ? message : null;
    }
}
