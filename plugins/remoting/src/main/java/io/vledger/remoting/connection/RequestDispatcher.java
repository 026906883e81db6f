package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.internal.ContextInternal;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.protocol.ResponseCode;
import io.vledger.remoting.frame.BadFrame;
import io.vledger.remoting.frame.Envelope;
import io.vledger.remoting.frame.FrameHead;
import io.vledger.remoting.frame.Header;

/** Makes requests of one connection's frames and runs their handlers, inside the read. Loop only. */
final class RequestDispatcher {
    private final RpcConnection connection;
    private final FrameOutput output;
    private final ReplayableRequests replays = new ReplayableRequests();
    private RequestRouting routing;

    RequestDispatcher(RpcConnection connection, FrameOutput output, RequestRouting routing) {
        this.connection = connection;
        this.output = output;
        this.routing = routing;
    }

    /** A request of the client at the other end. */
    void request(Header header, ByteBuf in, int headerAt, int bodyAt, int bodyLength) {
        serve(new ClientRequest(connection, replays, output, header, in, headerAt, bodyAt, bodyLength));
    }

    /** An envelope, whose own header is {@code header}: a request of another node's client. */
    void envelope(Header header, ByteBuf in, int bodyAt, int bodyLength) {
        int opaque = header.opaque();
        boolean oneway = header.oneway();
        Request request;
        try {
            LoopState loop = output.loop();
            Envelope envelope = Envelope.read(in, bodyAt, bodyLength, loop.limits.frames());
            Header own = loop.headers.read(in, envelope.headerAt(), envelope.headerLength(), envelope.encoding());
            if (own.response() || own.code() == Envelope.CODE || own.oneway() != oneway) {
                throw new BadFrame("an envelope with something else than a client's request in it");
            }
            request = new RelayedRequest(connection, output, own, in, envelope, opaque);
        } catch (BadFrame e) {
            if (!oneway) {
                output.reply(Header.BINARY, ResponseCode.SYSTEM_ERROR, opaque, e.getMessage(), FieldWriter.NONE, null);
            }
            return;
        }
        serve(request);
    }

    private void serve(Request request) {
        request.begin(routing.audit());
        if (routing.filters().rejects(routing.group(), request)) {
            request.handlerReturned();
        } else {
            request.serve(routing.handlers().handlerOf(request.code()));
        }
    }

    /** From now on requests go there, after those that the new owner is to be shown again; replies to these go nowhere. */
    void reroute(RequestRouting next) {
        routing = next;
        LoopState loop = output.loop();
        ContextInternal outer = loop.context().beginDispatch();
        try {
            for (byte[] frame : replays.frames()) {
                replay(loop, frame);
            }
        } finally {
            loop.context().endDispatch(outer);
        }
    }

    private void replay(LoopState loop, byte[] frame) {
        ByteBuf in = Unpooled.wrappedBuffer(frame);
        int word = in.getInt(FrameHead.LENGTH_BYTES);
        int headerLength = FrameHead.headerLength(word);
        int bodyAt = FrameHead.BYTES + headerLength;
        Header header = loop.headers.read(in, FrameHead.BYTES, headerLength, FrameHead.encoding(word));
        Request request = new ClientRequest(
                connection, replays, output, header, in, FrameHead.BYTES, bodyAt, frame.length - bodyAt);
        request.mute();
        request.serve(routing.handlers().handlerOf(request.code()));
    }
}
