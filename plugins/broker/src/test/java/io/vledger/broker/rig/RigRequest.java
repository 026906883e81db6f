package io.vledger.broker.rig;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RpcRequest;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request whose reply can be looked at. */
public final class RigRequest implements RpcRequest {
    private final int code;
    private final RigConnection connection;
    private final Map<String, String> fields = new LinkedHashMap<>();
    private byte[] body = new byte[0];
    private boolean oneway;
    private int replyCode = Integer.MIN_VALUE;
    private @Nullable String remark;
    private Map<String, String> replyFields = Map.of();
    private byte[] replyBody = new byte[0];

    RigRequest(int code, RigConnection connection) {
        this.code = code;
        this.connection = connection;
    }

    /** Adds a header field. */
    public RigRequest with(String key, Object value) {
        fields.put(key, value.toString());
        return this;
    }

    /** Sets the body. */
    public RigRequest body(String text) {
        body = text.getBytes(StandardCharsets.UTF_8);
        return this;
    }

    /** Makes it one-way. */
    public RigRequest withoutReply() {
        oneway = true;
        return this;
    }

    static Map<String, String> collect(FieldWriter writer) {
        Map<String, String> map = new LinkedHashMap<>();
        writer.writeTo(new FieldWriter.FieldSink() {
            @Override
            public FieldWriter.FieldSink put(String key, long value) {
                map.put(key, Long.toString(value));
                return this;
            }

            @Override
            public FieldWriter.FieldSink put(String key, CharSequence value) {
                map.put(key, value.toString());
                return this;
            }

            @Override
            public FieldWriter.FieldSink put(String key, boolean value) {
                map.put(key, Boolean.toString(value));
                return this;
            }
        });
        return map;
    }

    /** Whether it was answered. */
    public boolean answered() {
        return replyCode != Integer.MIN_VALUE;
    }

    /** The answer's code. */
    public int replyCode() {
        if (!answered()) {
            throw new AssertionError("request " + code + " is not answered");
        }
        return replyCode;
    }

    /** The answer's remark, or an empty text. */
    public String replyRemark() {
        return remark == null ? "" : remark;
    }

    /** A header field of the answer. */
    public @Nullable String replyField(String key) {
        return replyFields.get(key);
    }

    /** The answer's body as text. */
    public String replyText() {
        return new String(replyBody, StandardCharsets.UTF_8);
    }

    /** The answer's body. */
    public byte[] replyBytes() {
        return replyBody.clone();
    }

    @Override
    public int code() {
        return code;
    }

    @Override
    public int opaque() {
        return 1;
    }

    @Override
    public int version() {
        return 513;
    }

    @Override
    public String language() {
        return "JAVA";
    }

    @Override
    public boolean oneway() {
        return oneway;
    }

    @Override
    public @Nullable String remark() {
        return null;
    }

    @Override
    public Fields fields() {
        return new RigFields(fields);
    }

    @Override
    public ByteBuf body() {
        return Unpooled.wrappedBuffer(body);
    }

    @Override
    public void detach() {}

    @Override
    public void replayToNextOwner(String key) {}

    @Override
    public RigConnection connection() {
        return connection;
    }

    @Override
    public void reply(int newCode, @Nullable String newRemark, FieldWriter newFields, @Nullable ByteBuf newBody) {
        if (answered()) {
            throw new AssertionError("request " + code + " is answered twice");
        }
        replyCode = newCode;
        remark = newRemark;
        replyFields = collect(newFields);
        if (newBody != null) {
            replyBody = ByteBufUtil.getBytes(newBody);
            newBody.release();
        }
    }
}
