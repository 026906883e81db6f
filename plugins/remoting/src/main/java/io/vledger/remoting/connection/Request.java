package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.net.FailureDelays;
import io.vledger.api.rpc.FieldSnapshot;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.protocol.LanguageCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.remoting.audit.RequestAudit;
import io.vledger.remoting.frame.BadFrame;
import io.vledger.remoting.frame.Envelope;
import io.vledger.remoting.frame.FrameHead;
import io.vledger.remoting.frame.Header;
import io.vledger.remoting.frame.HeaderReader;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request. Until it is detached its header and body are borrowed from the loop and the receive buffer, and are gone when
 * its handler has returned. Loop only, but for replies of an owner whose listener has moved to another loop.
 */
abstract class Request implements RelayableRequest {
    private final FrameOutput output;
    private final int code;
    private final int opaque;
    private final int version;
    private final byte encoding;
    private final LanguageCode language;
    private boolean oneway;

    private @Nullable Header header;
    /** Where the frame lies, from its length on: a receive buffer, or what is kept; null once it is given up. */
    private @Nullable ByteBuf frame;

    private int frameAt;
    private int bodyAt;
    private int bodyLength;
    private @Nullable ByteBuf body;
    /** Whether header and frame are this request's own and not borrowed. */
    private boolean kept;

    private boolean replied;
    private AuditLog auditLog = AuditLog.NONE;
    /** Set if it changes state. */
    private @Nullable RequestAudit audit;

    private @Nullable String identity;

    Request(FrameOutput output, Header header, ByteBuf frame, int headerAt, int bodyAt, int bodyLength) {
        this.output = output;
        this.code = header.code();
        this.opaque = header.opaque();
        this.version = header.version();
        this.encoding = header.encoding();
        this.language = header.language();
        this.oneway = header.oneway();
        this.header = header;
        this.frame = frame;
        this.frameAt = headerAt - FrameHead.BYTES;
        this.bodyAt = bodyAt;
        this.bodyLength = bodyLength;
    }

    /** Encodes a reply; takes the body over. */
    abstract void writeReply(int replyCode, @Nullable String remark, FieldWriter fields, @Nullable ByteBuf replyBody);

    /** Sends a reply that another node encoded. */
    abstract void writeAnswer(ByteBuf in, int at, int length);

    @Override
    public @Nullable String identity() {
        return identity;
    }

    @Override
    public void identify(String found) {
        if (ByteBufUtil.utf8Bytes(found) > MAX_IDENTITY_BYTES) {
            throw new IllegalArgumentException("an identity of more than " + MAX_IDENTITY_BYTES + " bytes");
        }
        identity = found;
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

    private Header live() {
        Header current = header;
        if (current == null) {
            throw new IllegalStateException(
                    "request " + code + " was used after its handler had returned, without detach()");
        }
        return current;
    }

    /** Keeps the frame as it came too: whatever is served for longer may still have to be relayed. */
    @Override
    public void detach() {
        keep();
    }

    @Override
    public int keep() {
        if (!kept) {
            byte[] bytes = frameBytes();
            keep(live().copy(), bytes);
        }
        return frameLength();
    }

    private void keep(Header own, byte[] bytes) {
        header = own;
        bodyAt -= frameAt;
        frameAt = 0;
        frame = Unpooled.wrappedBuffer(bytes);
        body = null;
        kept = true;
    }

    /** The handler has returned: what is borrowed goes back. */
    void handlerReturned() {
        if (!kept) {
            header = null;
            frame = null;
            body = null;
        }
    }

    @Nullable
    ByteBuf frame() {
        return frame;
    }

    /** Where the frame begins in {@link #frame}. */
    int frameAt() {
        return frameAt;
    }

    /** Bytes of the frame, its length included. */
    int frameLength() {
        return bodyAt + bodyLength - frameAt;
    }

    /** A copy of the frame. */
    byte[] frameBytes() {
        return ByteBufUtil.getBytes(borrowedFrame(), frameAt, frameLength(), true);
    }

    private ByteBuf borrowedFrame() {
        ByteBuf source = frame;
        if (source == null) {
            throw new IllegalStateException("request " + code
                    + " was to be kept, relayed or replayed after its handler had returned, without keep()");
        }
        return source;
    }

    /** Takes the frame back that came back from where it was relayed to; false if it is another one or none. */
    boolean restore(ByteBuf in, int at, int length) {
        if (kept) {
            return true;
        }
        int word = in.getInt(at + FrameHead.LENGTH_BYTES);
        int headerLength = FrameHead.headerLength(word);
        if (headerLength > length - FrameHead.BYTES || FrameHead.encoding(word) != encoding) {
            return false;
        }
        Header own;
        try {
            own = new HeaderReader().read(in, at + FrameHead.BYTES, headerLength, encoding);
        } catch (BadFrame e) {
            return false;
        }
        if (own.code() != code || own.opaque() != opaque) {
            return false;
        }
        frameAt = at;
        bodyAt = at + FrameHead.BYTES + headerLength;
        bodyLength = length - FrameHead.BYTES - headerLength;
        keep(own, ByteBufUtil.getBytes(in, at, length, true));
        return true;
    }

    /** Records what it is about, if it changes state, before anybody looks at it. */
    void begin(AuditLog log) {
        auditLog = log;
        audit = RequestAudit.of(log, this);
    }

    private String who() {
        String known = identity();
        return known == null ? "" : known;
    }

    private void audit(int replyCode, @Nullable String remark) {
        RequestAudit begun = audit;
        if (begun != null) {
            begun.answered(who(), replyCode, remark);
        } else if (replyCode == ResponseCode.NO_PERMISSION) {
            RequestAudit.refused(auditLog, this, who(), replyCode, remark);
        }
    }

    /** Sends the frame in an envelope. */
    void relayOver(FrameOutput other, int opaqueThere) {
        ByteBuf source = borrowedFrame();
        Envelope.Sender sender = new Envelope.Sender(hops() + 1, connection().remote(), identity);
        other.envelope(opaqueThere, oneway, sender, source, frameAt, frameLength());
    }

    /** Answers with a frame that another node made. */
    void answerWith(ByteBuf in, int at, int length) {
        replied = true;
        if (output.loop().inThread()) {
            writeAnswer(in, at, length);
        } else {
            ByteBuf copy = Unpooled.wrappedBuffer(ByteBufUtil.getBytes(in, at, length, true));
            onLoop(() -> writeAnswer(copy, 0, length));
        }
    }

    /** From now on it is like a one-way request: its reply goes nowhere. */
    void mute() {
        oneway = true;
    }

    /** Runs a handler; whatever it throws is answered. */
    @Override
    public void serve(RequestHandler handler) {
        try {
            handler.handle(this);
        } catch (RequestException e) {
            refuse(e.code(), String.valueOf(e.getMessage()));
        } catch (RuntimeException | LinkageError | AssertionError e) { // the root of all handlers
            output.loop()
                    .log
                    .error(
                            "request " + code + " from "
                                    + PeerName.of(connection().remote()) + " failed",
                            e);
            refuse(ResponseCode.SYSTEM_ERROR, "the broker failed to serve this request; see its log");
        } catch (VirtualMachineError e) {
            output.loop().context().reportException(e);
            refuse(ResponseCode.SYSTEM_ERROR, "the broker is out of memory");
        } finally {
            handlerReturned();
        }
    }

    /** A filter lets it not pass. Who is refused for lack of a right again and again is answered later and later. */
    void refuse(RequestException refusal) {
        String remark = String.valueOf(refusal.getMessage());
        InetSocketAddress remote = connection().remote();
        if (refusal.code() != ResponseCode.NO_PERMISSION || remote.isUnresolved()) {
            refuse(refusal.code(), remark);
            return;
        }
        LoopState loop = output.loop();
        long nowMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        long delayMs = loop.strangers.failures.failed(remote.getAddress(), nowMs);
        if (delayMs == FailureDelays.CLOSE) {
            audit(refusal.code(), remark);
            answered();
            connection().close();
        } else if (delayMs == 0) {
            refuse(refusal.code(), remark);
        } else {
            var unused =
                    loop.eventLoop().schedule(() -> refuse(refusal.code(), remark), delayMs, TimeUnit.MILLISECONDS);
        }
    }

    private void refuse(int replyCode, String remark) {
        if (!replied) {
            reply(replyCode, remark, FieldWriter.NONE, null);
        }
    }

    @Override
    public void reply(int replyCode, @Nullable String remark, FieldWriter fields, @Nullable ByteBuf replyBody) {
        if (!replied) {
            audit(replyCode, remark);
        }
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
        if (output.loop().inThread()) {
            writeReply(replyCode, remark, fields, replyBody);
        } else {
            FieldWriter snapshot = FieldSnapshot.of(fields);
            onLoop(() -> writeReply(replyCode, remark, snapshot, replyBody));
        }
        replied = true; // not if the writer of the fields threw: then there is an error to answer with
    }

    /** At once, unless the listener was taken over by an owner on another loop, and the old one still answers. */
    void onLoop(Runnable write) {
        LoopState loop = output.loop();
        if (loop.inThread()) {
            write.run();
        } else {
            loop.eventLoop().execute(() -> onLoop(write)); // it may move on meanwhile
        }
    }

    FrameOutput output() {
        return output;
    }

    byte encoding() {
        return encoding;
    }

    boolean replied() {
        return replied;
    }

    /** It counts as replied to from now on. */
    void answered() {
        replied = true;
    }
}
