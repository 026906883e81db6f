package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.remoting.frame.Header;
import org.jspecify.annotations.Nullable;

/** A request of a client that is connected here. */
final class ClientRequest extends Request {
    private final RpcConnection connection;
    private final ReplayableRequests replays;

    ClientRequest(
            RpcConnection connection,
            ReplayableRequests replays,
            FrameOutput output,
            Header header,
            ByteBuf frame,
            int headerAt,
            int bodyAt,
            int bodyLength) {
        super(output, header, frame, headerAt, bodyAt, bodyLength);
        this.connection = connection;
        this.replays = replays;
    }

    @Override
    public RpcConnection connection() {
        return connection;
    }

    @Override
    public RpcConnection carrier() {
        return connection;
    }

    @Override
    public int hops() {
        return 0;
    }

    @Override
    public void giveBack() {
        throw new IllegalStateException("request " + code() + " was not relayed");
    }

    @Override
    public void replayToNextOwner(String key) {
        replays.put(key, frameBytes());
    }

    @Override
    void writeReply(int replyCode, @Nullable String remark, FieldWriter fields, @Nullable ByteBuf body) {
        output().reply(encoding(), replyCode, opaque(), remark, fields, body);
    }

    @Override
    void writeAnswer(ByteBuf in, int at, int length) {
        output().frame(in, at, length);
    }
}
