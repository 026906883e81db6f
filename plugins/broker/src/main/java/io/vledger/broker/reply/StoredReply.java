package io.vledger.broker.reply;

import io.netty.buffer.ByteBuf;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import org.jspecify.annotations.Nullable;

/**
 * A reply as a message to be stored: an ordinary send, whose answer says where it lies, and what became of the push. That the reply could
 * not be stored changes nothing of the answer, as with RocketMQ.
 */
final class StoredReply implements RpcRequest {
    private final RpcRequest reply;
    private final int pushCode;
    private final @Nullable String pushRemark;
    private final FieldWriter withoutPlace;

    /**
     * @param reply the request, detached
     * @param withoutPlace header fields of the answer if nothing is stored
     */
    StoredReply(RpcRequest reply, int pushCode, @Nullable String pushRemark, FieldWriter withoutPlace) {
        this.reply = reply;
        this.pushCode = pushCode;
        this.pushRemark = pushRemark;
        this.withoutPlace = withoutPlace;
    }

    @Override
    public int code() {
        return reply.code() == RequestCode.SEND_REPLY_MESSAGE ? RequestCode.SEND_MESSAGE : RequestCode.SEND_MESSAGE_V2;
    }

    @Override
    public int opaque() {
        return reply.opaque();
    }

    @Override
    public int version() {
        return reply.version();
    }

    @Override
    public String language() {
        return reply.language();
    }

    @Override
    public boolean oneway() {
        return reply.oneway();
    }

    @Override
    public @Nullable String remark() {
        return reply.remark();
    }

    @Override
    public Fields fields() {
        return reply.fields();
    }

    @Override
    public ByteBuf body() {
        return reply.body();
    }

    @Override
    public void detach() {
        reply.detach();
    }

    @Override
    public void replayToNextOwner(String key) {}

    @Override
    public RpcConnection connection() {
        return reply.connection();
    }

    @Override
    public void reply(int code, @Nullable String remark, FieldWriter fields, @Nullable ByteBuf body) {
        if (body != null) {
            body.release();
        }
        reply.reply(pushCode, pushRemark, code == ResponseCode.SUCCESS ? fields : withoutPlace, null);
    }
}
