package io.vledger.remoting.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of buffers into frames. A frame that lies within one buffer is handed out where it is; only one that spans
 * buffers is collected in a buffer of its own, which grows with what has arrived, not with what was announced.
 */
public final class FrameCutter {
    /** Takes whole frames. */
    public interface Sink {
        /**
         * One frame: header and, right behind it, body lie in {@code in} and are valid during the call.
         *
         * @return whether more frames are wanted now
         */
        boolean frame(ByteBuf in, byte encoding, int headerAt, int headerLength, int bodyLength);
    }

    private static final int FIRST_COLLECTION_BYTES = 4096;

    private final FrameLimits limits;
    private @Nullable ByteBuf collected;
    private int wanted;

    /** A cutter of one stream. */
    public FrameCutter(FrameLimits limits) {
        this.limits = limits;
    }

    /**
     * Takes frames out of {@code in}, and keeps the bytes of a last one that is not whole.
     *
     * @return whether {@code in} was used up; if not, the sink wanted no more and the rest is to be offered again
     * @throws BadFrame if the bytes are no frame
     */
    public boolean cut(ByteBuf in, ByteBufAllocator allocator, Sink sink) {
        while (in.isReadable()) {
            if (collected != null) {
                if (!collect(in, sink)) {
                    return !in.isReadable();
                }
                continue;
            }
            int readable = in.readableBytes();
            int length = readable < FrameHead.LENGTH_BYTES ? -1 : checkedLength(in.getInt(in.readerIndex()));
            if (length >= 0 && readable - FrameHead.LENGTH_BYTES >= length) {
                int at = in.readerIndex() + FrameHead.LENGTH_BYTES;
                in.skipBytes(FrameHead.LENGTH_BYTES + length);
                if (!emit(in, at, length, sink)) {
                    return !in.isReadable();
                }
                continue;
            }
            wanted = length < 0 ? FrameHead.LENGTH_BYTES : FrameHead.LENGTH_BYTES + length;
            ByteBuf start = allocator.buffer(
                    Math.max(FrameHead.LENGTH_BYTES, Math.min(wanted, Math.max(FIRST_COLLECTION_BYTES, 2 * readable))));
            start.writeBytes(in);
            collected = start;
        }
        return true;
    }

    /** Memory that is held by a frame which is not whole. */
    public int collectedBytes() {
        return collected == null ? 0 : collected.capacity();
    }

    /** Releases what was collected of a frame that is not whole. */
    public void release() {
        if (collected != null) {
            collected.release();
            collected = null;
        }
    }

    private boolean collect(ByteBuf in, Sink sink) {
        ByteBuf buffer = collected;
        if (buffer == null) {
            throw new IllegalStateException("nothing is collected");
        }
        buffer.writeBytes(in, Math.min(in.readableBytes(), wanted - buffer.readableBytes()));
        if (buffer.readableBytes() < wanted) {
            return true;
        }
        if (wanted == FrameHead.LENGTH_BYTES) {
            wanted += checkedLength(buffer.getInt(buffer.readerIndex()));
            return true; // at least the header word follows, so the frame cannot be whole
        }
        collected = null;
        try {
            return emit(buffer, buffer.readerIndex() + FrameHead.LENGTH_BYTES, wanted - FrameHead.LENGTH_BYTES, sink);
        } finally {
            buffer.release();
        }
    }

    private boolean emit(ByteBuf in, int at, int length, Sink sink) {
        int word = in.getInt(at);
        byte encoding = FrameHead.encoding(word);
        int headerLength = FrameHead.headerLength(word);
        if (headerLength > length - FrameHead.WORD_BYTES || headerLength > limits.maxHeaderBytes()) {
            throw new BadFrame("a header of " + headerLength + " bytes in a frame of " + length + " (bound "
                    + limits.maxHeaderBytes() + ")");
        }
        int bodyLength = length - FrameHead.WORD_BYTES - headerLength;
        return sink.frame(in, encoding, at + FrameHead.WORD_BYTES, headerLength, bodyLength);
    }

    private int checkedLength(int length) {
        if (length < FrameHead.WORD_BYTES || length > limits.maxFrameBytes()) {
            throw new BadFrame(describe(length));
        }
        return length;
    }

    private String describe(int length) {
        int first = length >>> 24;
        if (first == 0x16) {
            return "this is a TLS handshake, and TLS is not served here: set tls.enable=false at the client";
        }
        if (length == 0x50524F58 || length == 0x0D0A0D0A) { // "PROX", and the signature of version 2
            return "this is the PROXY protocol, which is taken from addresses in proxyProtocolFrom only";
        }
        if (length == 0x47455420 || length == 0x504F5354) { // "GET ", "POST"
            return "this is HTTP, and this port serves the RocketMQ remoting protocol";
        }
        return "a frame of " + length + " bytes (bounds " + FrameHead.WORD_BYTES + " and " + limits.maxFrameBytes()
                + ")";
    }
}
