package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.protocol.message.MessageView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets old messages that are damaged here from members that have them intact, one message at a time. Readers that meet the damage begin
 * it, and asks again later; a message that nobody could give is asked for at longer and longer intervals. Safe for use by any thread.
 */
final class MessageRepair {
    private static final Logger LOG = LoggerFactory.getLogger(MessageRepair.class);
    private static final int STEP_BYTES = 1 << 20;

    private final String group;
    private final PeerCopies peers;
    private final RepairedMessages repaired;
    private final LongConsumer intact;
    private final RetryBackoff<Long> pauses = new RetryBackoff<>();
    private boolean busy;
    private long count;

    /** Where a message lies, and how far it may reach. */
    record Place(long position, long file, long fileEnd) {}

    /** Whether an intact message of a size can be the one that lay there. */
    interface Fits {
        boolean fits(int size);
    }

    /** @param intact is given the position of each message that was repaired */
    MessageRepair(String group, PeerCopies peers, RepairedMessages repaired, LongConsumer intact) {
        this.group = group;
        this.peers = peers;
        this.repaired = repaired;
        this.intact = intact;
    }

    /** Messages that were repaired since the start. */
    synchronized long count() {
        return count;
    }

    /** A reader met damage. Does not wait. */
    void met(Place place, Fits fits) {
        synchronized (this) {
            if (busy || peers.members().isEmpty() || !pauses.over(place.position())) {
                return;
            }
            busy = true;
        }
        try {
            peers.start(() -> {
                boolean done = false;
                try {
                    done = repair(place, fits);
                } finally {
                    over(place.position(), done);
                }
            });
        } catch (IllegalStateException | RejectedExecutionException stopping) {
            over(place.position(), false);
        }
    }

    private synchronized void over(long position, boolean done) {
        busy = false;
        if (done) {
            pauses.succeeded(position);
            count++;
        } else {
            pauses.failed(position);
        }
    }

    private boolean repair(Place place, Fits fits) {
        try {
            for (String member : peers.members()) {
                byte[] message = ask(member, place, fits);
                if (message != null) {
                    Path kept = repaired.keep(place.position(), message);
                    intact.accept(place.position());
                    LOG.warn(
                            "{}: repaired the old message at position {} with what {} has; it is read from {} from now on",
                            group,
                            place.position(),
                            member,
                            kept);
                    return true;
                }
            }
        } catch (IOException e) {
            LOG.error(
                    "{}: the repaired message at position {} cannot be kept: {}",
                    group,
                    place.position(),
                    e.toString());
        }
        return false;
    }

    /** The message as a member has it; null if it has not got it intact. */
    private byte @Nullable [] ask(String member, Place place, Fits fits) {
        try {
            int size = Unpooled.wrappedBuffer(read(member, place, 0, MessageView.FIXED_BYTES))
                    .getInt(0);
            if (size < MessageView.FIXED_BYTES
                    || size > Math.min(place.fileEnd() - place.position(), MessageCheck.MAX_MESSAGE_BYTES)) {
                throw new IOException("a message of " + size + " bytes cannot be");
            }
            byte[] message = new byte[size];
            for (int at = 0; at < size; at += STEP_BYTES) {
                byte[] part = read(member, place, at, Math.min(STEP_BYTES, size - at));
                System.arraycopy(part, 0, message, at, part.length);
            }
            ByteBuf bytes = Unpooled.wrappedBuffer(message);
            MessageCheck check = new MessageCheck();
            String fault = check.fault(bytes, 0, size, place.position());
            if (fault != null || check.size() != size || !fits.fits(size)) {
                throw new IOException(
                        fault == null ? "its " + size + " bytes do not fit what lies behind it here" : fault);
            }
            return message;
        } catch (IOException e) {
            LOG.warn(
                    "{}: {} cannot give the old message at position {}, which is damaged here: {}",
                    group,
                    member,
                    place.position(),
                    e.getMessage());
            return null;
        }
    }

    private byte[] read(String member, Place place, int at, int length) throws IOException {
        byte[] bytes = peers.read(member, place.file(), place.position() - place.file() + at, length);
        if (bytes.length != length) {
            throw new IOException("it sent " + bytes.length + " bytes where " + length + " were asked for");
        }
        return bytes;
    }
}
