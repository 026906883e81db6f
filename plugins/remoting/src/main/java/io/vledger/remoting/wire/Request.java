package io.vledger.remoting.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.protocol.LanguageCode;
import org.jspecify.annotations.Nullable;

/** One request. Until it is detached its header and body are borrowed from the loop and the receive buffer. */
final class Request implements RpcRequest {
    private final Connection connection;
    private final int code;
    private final int opaque;
    private final int version;
    private final byte encoding;
    private final LanguageCode language;
    private final boolean oneway;

    private @Nullable Header header;
    private @Nullable ByteBuf frame;
    private int bodyAt;
    private int bodyLength;
    private @Nullable ByteBuf body;
    private boolean borrowed = true;
    private boolean replied;

    Request(Connection connection, Header header, ByteBuf frame, int bodyAt, int bodyLength) {
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

    @Override
    public void detach() {
        if (!borrowed) {
            live();
            return;
        }
        header = live().copy();
        ByteBuf source = frame;
        if (source != null && bodyLength > 0) {
            body = Unpooled.wrappedBuffer(ByteBufUtil.getBytes(source, bodyAt, bodyLength, true));
        }
        frame = null;
        borrowed = false;
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
        return connection;
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
        connection.reply(encoding, replyCode, opaque, remark, fields, replyBody);
        replied = true; // not if the writer of the fields threw: then there is an error to tell
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
