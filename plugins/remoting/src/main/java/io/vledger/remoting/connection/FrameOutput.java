package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.remoting.frame.Envelope;
import io.vledger.remoting.frame.FrameWriter;
import org.jspecify.annotations.Nullable;

/** Encodes what one connection sends: replies, requests, envelopes, and frames that were encoded elsewhere. Loop only. */
final class FrameOutput {
    private final OutboundBuffer buffer;

    FrameOutput(OutboundBuffer buffer) {
        this.buffer = buffer;
    }

    /** The connection's loop; another one after its listener was taken over. */
    LoopState loop() {
        return buffer.loop();
    }

    /** Sends a reply; takes the body over. */
    void reply(
            byte encoding, int code, int opaque, @Nullable String remark, FieldWriter fields, @Nullable ByteBuf body) {
        write(encoding, code, FrameWriter.RESPONSE, opaque, remark, fields, body);
    }

    /** Sends a request; takes the body over. */
    void request(byte encoding, int code, int flag, int opaque, FieldWriter fields, @Nullable ByteBuf body) {
        write(encoding, code, flag, opaque, null, fields, body);
    }

    private void write(
            byte encoding,
            int code,
            int flag,
            int opaque,
            @Nullable String remark,
            FieldWriter fields,
            @Nullable ByteBuf body) {
        buffer.frame(body, (target, bodyLength) -> loop().writer
                .write(target, encoding, code, flag, opaque, remark, fields, bodyLength));
    }

    /** Sends a reply wrapped in the answer to an envelope; takes the body over. */
    void replyWithin(
            int envelopeOpaque,
            byte encoding,
            int code,
            int opaque,
            @Nullable String remark,
            FieldWriter fields,
            @Nullable ByteBuf body) {
        buffer.frame(body, (target, bodyLength) -> loop().writer
                .writeWithin(target, envelopeOpaque, encoding, code, opaque, remark, fields, bodyLength));
    }

    /** Sends a client's frame, which begins at {@code at}, in an envelope. */
    void envelope(int opaque, boolean oneway, Envelope.Sender sender, ByteBuf frame, int at, int length) {
        ByteBuf target = buffer.target(null);
        if (target != null) {
            int bodyLength = Envelope.prefixBytes(sender) + length;
            FrameWriter.writeBareRequest(target, Envelope.CODE, opaque, oneway, bodyLength);
            Envelope.writePrefix(target, sender);
            buffer.slice(frame, at, length);
        }
    }

    /** Answers an envelope with a frame, or nothing, in it. */
    void answerEnvelope(int envelopeOpaque, int code, ByteBuf frame, int at, int length) {
        ByteBuf target = buffer.target(null);
        if (target != null) {
            FrameWriter.writeBareAnswer(target, code, envelopeOpaque, length);
            buffer.slice(frame, at, length);
        }
    }

    /** Sends a whole frame as it is. */
    void frame(ByteBuf source, int at, int length) {
        buffer.slice(source, at, length);
    }
}
