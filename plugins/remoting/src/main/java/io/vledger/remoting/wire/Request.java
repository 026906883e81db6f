package io.vledger.remoting.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.protocol.LanguageCode;
import org.jspecify.annotations.Nullable;

/**
 * One request, of a client that is connected here or within an envelope of a node that relayed it. Until it is detached its
 * header and body are borrowed from the loop and the receive buffer.
 */
final class Request implements RelayableRequest {
    private final Connection connection;
    private final int code;
    private final int opaque;
    private final int version;
    private final byte encoding;
    private final LanguageCode language;
    private boolean oneway;

    private final @Nullable Envelope envelope;
    private final int envelopeOpaque;

    private @Nullable Header header;
    /** Where the frame lies, from its length on: a receive buffer, or what is kept; null otherwise. */
    private @Nullable ByteBuf frame;

    private int frameAt;
    private int bodyAt;
    private int bodyLength;
    private boolean kept;
    private @Nullable ByteBuf body;
    private boolean borrowed = true;
    private boolean replied;

    /** A request of a client that is connected here. */
    Request(Connection connection, Header header, ByteBuf frame, int headerAt, int bodyAt, int bodyLength) {
        this(connection, header, frame, headerAt, bodyAt, bodyLength, null, 0);
    }

    /** A relayed request; {@code header} is its own, {@code envelopeOpaque} that of the envelope. */
    Request(Connection connection, Header header, ByteBuf frame, Envelope envelope, int envelopeOpaque) {
        this(
                connection,
                header,
                frame,
                envelope.headerAt,
                envelope.bodyAt,
                envelope.bodyLength,
                envelope,
                envelopeOpaque);
    }

    private Request(
            Connection connection,
            Header header,
            ByteBuf frame,
            int headerAt,
            int bodyAt,
            int bodyLength,
            @Nullable Envelope envelope,
            int envelopeOpaque) {
        this.envelope = envelope;
        this.envelopeOpaque = envelopeOpaque;
        this.frameAt = headerAt - Connection.FRAME_HEAD_BYTES;
        this.connection = connection;
        this.code = header.code;
        this.opaque = header.opaque;
        this.version = header.version;
        this.encoding = header.encoding;
        this.language = header.language;
        this.oneway = header.oneway();
        this.header = header;
        this.frame = frame;
        this.bodyAt = bodyAt;
        this.bodyLength = bodyLength;
    }

    @Override
    public int code() {
        return code;
    }

    @Override
    public int opaque() {
        return opaque;
    }

    @Override
    public int version() {
        return version;
    }

    @Override
    public String language() {
        return language.name();
    }

    @Override
    public boolean oneway() {
        return oneway;
    }

    @Override
    public @Nullable String remark() {
        return live().remark();
    }

    @Override
    public Fields fields() {
        return live();
    }

    @Override
    public ByteBuf body() {
        live();
        ByteBuf made = body;
        if (made == null) {
            ByteBuf source = frame;
            made = source == null || bodyLength == 0 ? Unpooled.EMPTY_BUFFER : source.slice(bodyAt, bodyLength);
            body = made;
        }
        return made;
    }

    /** Keeps the frame as it came too: whatever is served for longer may still have to be relayed. */
    @Override
    public void detach() {
        keep();
    }

    @Override
    public int keep() {
        if (!kept) {
            ByteBuf source = frame;
            if (source == null) {
                throw new IllegalStateException("request " + code + " was to be kept after its handler had returned");
            }
            keep(live().copy(), ByteBufUtil.getBytes(source, frameAt, frameLength(), true));
        }
        return frameLength();
    }

    private void keep(Header own, byte[] bytes) {
        header = own;
        bodyAt -= frameAt;
        frameAt = 0;
        frame = Unpooled.wrappedBuffer(bytes);
        body = null;
        borrowed = false;
        kept = true;
    }

    /** Bytes of the frame, its length included. */
    int frameLength() {
        return bodyAt + bodyLength - frameAt;
    }

    /** Takes the frame back that came back from where it was relayed to; false if it is none. */
    boolean restore(ByteBuf in, int at, int length) {
        if (kept) {
            return true;
        }
        int word = in.getInt(at + 4);
        int headerLength = word & 0xFFFFFF;
        if (headerLength > length - Connection.FRAME_HEAD_BYTES || word >>> 24 != encoding) {
            return false;
        }
        Header own = new Header();
        try {
            own.read(in, at + Connection.FRAME_HEAD_BYTES, headerLength, encoding);
        } catch (BadFrame e) {
            return false;
        }
        if (own.code != code || own.opaque != opaque) {
            return false;
        }
        frameAt = at;
        bodyAt = at + Connection.FRAME_HEAD_BYTES + headerLength;
        bodyLength = length - Connection.FRAME_HEAD_BYTES - headerLength;
        keep(own, ByteBufUtil.getBytes(in, at, length, true));
        return true;
    }

    /** Sends the frame in an envelope. */
    void writeEnvelope(Connection to, int opaqueThere) {
        ByteBuf source = frame;
        if (source == null) {
            throw new IllegalStateException("request " + code + " was relayed after its handler, without keep()");
        }
        to.writeEnvelope(opaqueThere, oneway, hops() + 1, connection().remote(), source, frameAt, frameLength());
    }

    /** Answers with a frame that was made elsewhere. */
    void answerWith(ByteBuf in, int at, int length) {
        replied = true;
        if (connection.loop().inThread()) {
            writeAnswer(in, at, length);
        } else {
            ByteBuf copy = Unpooled.wrappedBuffer(ByteBufUtil.getBytes(in, at, length, true));
            onLoop(() -> writeAnswer(copy, 0, length));
        }
    }

    private void writeAnswer(ByteBuf in, int at, int length) {
        if (envelope == null) {
            connection.writeFrame(in, at, length);
        } else {
            connection.answerEnvelope(envelopeOpaque, Envelope.ANSWERED, in, at, length);
        }
    }

    @Override
    public int hops() {
        Envelope own = envelope;
        return own == null ? 0 : own.hops;
    }

    @Override
    public void giveBack() {
        ByteBuf source = frame;
        if (envelope == null || source == null || replied) {
            throw new IllegalStateException("request " + code + " cannot be given back");
        }
        replied = true;
        if (!oneway) {
            onLoop(() ->
                    connection.answerEnvelope(envelopeOpaque, Envelope.GIVEN_BACK, source, frameAt, frameLength()));
        }
    }

    /** For a relayed request: has the client's connection closed there. */
    void closeClient() {
        if (!replied) {
            replied = true;
            if (!oneway) {
                onLoop(() ->
                        connection.answerEnvelope(envelopeOpaque, Envelope.CLOSE_CLIENT, Unpooled.EMPTY_BUFFER, 0, 0));
            }
        }
    }

    /** From now on it is like a one-way request: its reply goes nowhere. */
    void mute() {
        oneway = true;
    }

    @Override
    public void replayToNextOwner(String key) {
        ByteBuf source = frame;
        if (source == null) {
            throw new IllegalStateException("request " + code + " was to be remembered after its handler");
        }
        if (envelope == null) {
            connection.remembered().put(key, ByteBufUtil.getBytes(source, frameAt, frameLength(), true));
        }
    }

    @Override
    public void serve(RequestHandler handler) {
        connection.serve(this, handler);
    }

    /** The handler has returned: what is borrowed goes back. */
    void handlerReturned() {
        if (borrowed) {
            header = null;
            frame = null;
            body = null;
        }
    }

    @Override
    public RpcConnection connection() {
        Envelope own = envelope;
        return own == null ? connection : new RelayedConnection(connection, own.client, this);
    }

    @Override
    public void reply(int replyCode, @Nullable String remark, FieldWriter fields, @Nullable ByteBuf replyBody) {
        if (replied || oneway) {
            if (replyBody != null) {
                replyBody.release();
            }
            if (replied) {
                throw new IllegalStateException("request " + code + " was replied to before");
            }
            replied = true;
            return;
        }
        if (connection.loop().inThread()) {
            write(replyCode, remark, fields, replyBody);
        } else {
            FieldWriter snapshot = FieldSnapshot.of(fields);
            onLoop(() -> write(replyCode, remark, snapshot, replyBody));
        }
        replied = true; // not if the writer of the fields threw: then there is an error to tell
    }

    private void write(int replyCode, @Nullable String remark, FieldWriter fields, @Nullable ByteBuf replyBody) {
        if (envelope == null) {
            connection.reply(encoding, replyCode, opaque, remark, fields, replyBody);
        } else {
            connection.replyWithin(envelopeOpaque, encoding, replyCode, opaque, remark, fields, replyBody);
        }
    }

    /** At once, unless the listener was taken over by somebody on another loop, and this is the old one's last word. */
    private void onLoop(Runnable last) {
        Loop loop = connection.loop();
        if (loop.inThread()) {
            last.run();
        } else {
            loop.context().nettyEventLoop().execute(() -> onLoop(last)); // it may move on meanwhile
        }
    }

    boolean replied() {
        return replied;
    }

    private Header live() {
        Header current = header;
        if (current == null) {
            throw new IllegalStateException(
                    "request " + code + " was used after its handler had returned, without detach()");
        }
        return current;
    }
}
