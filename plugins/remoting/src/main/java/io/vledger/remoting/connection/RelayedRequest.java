package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.remoting.frame.Envelope;
import io.vledger.remoting.frame.Header;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A request of a client of another node, which relayed it in an envelope. */
final class RelayedRequest extends Request {
    private final RpcConnection carrier;
    private final Envelope envelope;
    private final int envelopeOpaque;
    private @Nullable RpcConnection connection;

    /**
     * @param carrier the connection of the node that relayed it
     * @param header the request's own, not the envelope's
     * @param envelopeOpaque the envelope's correlation number
     */
    RelayedRequest(
            RpcConnection carrier,
            FrameOutput output,
            Header header,
            ByteBuf frame,
            Envelope envelope,
            int envelopeOpaque) {
        super(output, header, frame, envelope.headerAt(), envelope.bodyAt(), envelope.bodyLength());
        this.carrier = carrier;
        this.envelope = envelope;
        this.envelopeOpaque = envelopeOpaque;
        String identity = envelope.identity();
        if (identity != null) {
            identify(identity);
        }
    }

    @Override
    public RpcConnection connection() {
        RpcConnection made = connection;
        if (made == null) {
            made = new ClientElsewhere();
            connection = made;
        }
        return made;
    }

    @Override
    public RpcConnection carrier() {
        return carrier;
    }

    @Override
    public int hops() {
        return envelope.hops();
    }

    @Override
    public void giveBack() {
        ByteBuf source = frame();
        if (source == null || replied()) {
            throw new IllegalStateException("request " + code() + " cannot be given back");
        }
        answered();
        if (!oneway()) {
            onLoop(() ->
                    output().answerEnvelope(envelopeOpaque, Envelope.GIVEN_BACK, source, frameAt(), frameLength()));
        }
    }

    /** Not kept: what the client says about itself is replayed by the node that it is connected to. */
    @Override
    public void replayToNextOwner(String key) {}

    @Override
    void writeReply(int replyCode, @Nullable String remark, FieldWriter fields, @Nullable ByteBuf body) {
        output().replyWithin(envelopeOpaque, encoding(), replyCode, opaque(), remark, fields, body);
    }

    @Override
    void writeAnswer(ByteBuf in, int at, int length) {
        output().answerEnvelope(envelopeOpaque, Envelope.ANSWERED, in, at, length);
    }

    /** Has the relaying node close the client's connection, instead of an answer. */
    private void closeClient() {
        if (!replied()) {
            answered();
            if (!oneway()) {
                onLoop(() ->
                        output().answerEnvelope(envelopeOpaque, Envelope.CLOSE_CLIENT, Unpooled.EMPTY_BUFFER, 0, 0));
            }
        }
    }

    /** The client's connection to the other node, as far as it can be used from here. Loop only. */
    private final class ClientElsewhere implements RpcConnection {
        private @Nullable Object attachment;

        @Override
        public InetSocketAddress remote() {
            return envelope.client();
        }

        @Override
        public InetSocketAddress local() {
            return carrier.local();
        }

        @Override
        public boolean open() {
            return carrier.open();
        }

        @Override
        public boolean congested() {
            return carrier.congested();
        }

        @Override
        public void onDrain(Runnable handler) {
            carrier.onDrain(handler);
        }

        @Override
        public void onClose(Runnable handler) {
            carrier.onClose(handler);
        }

        /** Dropped: there is no way to the client from here. */
        @Override
        public void send(int code, FieldWriter fields, @Nullable ByteBuf body) {
            if (body != null) {
                body.release();
            }
        }

        @Override
        public Future<RpcAnswer> call(int code, FieldWriter fields, @Nullable ByteBuf body, int timeoutMs) {
            if (body != null) {
                body.release();
            }
            return Future.failedFuture(
                    new IOException("the client " + envelope.client() + " is connected to another node"));
        }

        /** The carrier serves others too, so it stays open. */
        @Override
        public void close() {
            closeClient();
        }

        @Override
        public @Nullable Object attachment() {
            return attachment;
        }

        @Override
        public void attach(@Nullable Object newAttachment) {
            attachment = newAttachment;
        }
    }
}
