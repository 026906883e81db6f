package io.vledger.importer.exchange;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;

/**
 * Cuts a stream into frames: four bytes length of what follows, one byte type, payload. Used on one event loop. A frame that is too
 * long, too short or of a type that is not expected ends the stream: whoever sends it does not speak this.
 */
final class Frames implements Handler<Buffer> {
    /** Type of a question. */
    static final byte QUESTION = 9;
    /** Type of an answer. */
    static final byte ANSWER = 10;

    private final byte type;
    private final int maxBytes;
    private final Handler<Buffer> payloads;
    private final Runnable foreign;
    private Buffer pending = Buffer.buffer();
    private boolean ended;

    /**
     * Frames of one connection.
     *
     * @param type the one type that is expected
     * @param maxBytes bound of a payload
     * @param payloads told each payload
     * @param foreign told once when something else comes; nothing is told after
     */
    Frames(byte type, int maxBytes, Handler<Buffer> payloads, Runnable foreign) {
        this.type = type;
        this.maxBytes = maxBytes;
        this.payloads = payloads;
        this.foreign = foreign;
    }

    static Buffer frame(byte type, Buffer payload) {
        return Buffer.buffer(Integer.BYTES + 1 + payload.length())
                .appendInt(payload.length() + 1)
                .appendByte(type)
                .appendBuffer(payload);
    }

    @Override
    public void handle(Buffer bytes) {
        pending.appendBuffer(bytes);
        int at = 0;
        while (!ended && pending.length() - at >= Integer.BYTES + 1) {
            int length = pending.getInt(at);
            if (length < 1 || length > maxBytes + 1 || pending.getByte(at + Integer.BYTES) != type) {
                ended = true;
                foreign.run();
                return;
            }
            if (pending.length() - at - Integer.BYTES < length) {
                break;
            }
            payloads.handle(pending.getBuffer(at + Integer.BYTES + 1, at + Integer.BYTES + length));
            at += Integer.BYTES + length;
        }
        if (at > 0) {
            pending = pending.getBuffer(at, pending.length());
        }
    }
}
