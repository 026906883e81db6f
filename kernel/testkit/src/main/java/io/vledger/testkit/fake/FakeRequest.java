package io.vledger.testkit.fake;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcConnection;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request with its fields in a map, which keeps the reply. */
public final class FakeRequest implements RelayableRequest {
    private static final int VERSION_5_5_0 = 513;

    private final int code;
    private final Map<String, String> fields = new LinkedHashMap<>();
    private int version = VERSION_5_5_0;
    private String language = "JAVA";
    private boolean oneway;
    private RpcConnection connection = new FakeConnection();
    private ByteBuf body = Unpooled.EMPTY_BUFFER;
    private boolean replied;
    private boolean detached;
    private boolean returned;
    private boolean givenBack;
    private int hops;
    private @Nullable String identity;
    private @Nullable RpcConnection carrier;
    private int replyCode;
    private @Nullable String replyRemark;
    private Map<String, String> replyFields = Map.of();
    private byte[] replyBody = {};

    /** A request of a code. */
    public FakeRequest(int code) {
        this.code = code;
    }

    /** Sets a field; null removes it. */
    public FakeRequest with(String key, @Nullable Object value) {
        if (value == null) {
            fields.remove(key);
        } else {
            fields.put(key, value.toString());
        }
        return this;
    }

    /** Sets the body. */
    public FakeRequest body(byte[] bytes) {
        body = Unpooled.copiedBuffer(bytes);
        return this;
    }

    /** Sets the body, whose memory stays the caller's. */
    public FakeRequest body(ByteBuf memory) {
        body = memory;
        return this;
    }

    /** Sets the body. */
    public FakeRequest body(String text) {
        return body(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Makes it one-way. */
    public FakeRequest withoutReply() {
        oneway = true;
        return this;
    }

    /** Sets the connection. */
    public FakeRequest on(RpcConnection newConnection) {
        connection = newConnection;
        return this;
    }

    /** Makes it a relayed request, or one of a client again. */
    public FakeRequest hops(int newHops) {
        hops = newHops;
        givenBack = false;
        returned = false;
        return this;
    }

    /** It came back whole from where it was relayed to. */
    public FakeRequest restored() {
        hops(0);
        detach();
        return this;
    }

    /** Whether it was given back to the node that relayed it. */
    public boolean isGivenBack() {
        return givenBack;
    }

    /** Sets the connection of the node that relayed it. */
    public FakeRequest carriedBy(RpcConnection newCarrier) {
        carrier = newCarrier;
        return this;
    }

    @Override
    public RpcConnection carrier() {
        RpcConnection other = carrier;
        return other == null ? connection : other;
    }

    @Override
    public @Nullable String identity() {
        return identity;
    }

    @Override
    public void identify(String found) {
        identity = found;
    }

    @Override
    public int hops() {
        return hops;
    }

    @Override
    public int keep() {
        checkValid();
        detach();
        return body.readableBytes() + 100;
    }

    @Override
    public void giveBack() {
        if (hops == 0 || replied) {
            throw new AssertionError("cannot be given back");
        }
        givenBack = true;
    }

    @Override
    public void serve(RequestHandler handler) {
        try {
            handler.handle(this);
        } catch (RequestException e) {
            reply(e.code(), e.getMessage());
        }
    }

    @Override
    public void replayToNextOwner(String key) {}

    /** The handler has returned: what was not detached is gone. */
    public void handlerReturned() {
        returned = true;
    }

    /** Whether it was answered. */
    public boolean replied() {
        return replied;
    }

    /** Code of the answer. */
    public int replyCode() {
        if (!replied) {
            throw new AssertionError("not answered yet");
        }
        return replyCode;
    }

    /** Remark of the answer; empty if there is none. */
    public String replyRemark() {
        return replyRemark == null ? "" : replyRemark;
    }

    /** A field of the answer. */
    public @Nullable String replyField(String key) {
        return replyFields.get(key);
    }

    /** A number in the answer. */
    public long replyNumber(String key) {
        String value = replyFields.get(key);
        if (value == null) {
            throw new AssertionError("no field " + key + " in " + replyFields);
        }
        return Long.parseLong(value);
    }

    /** Body of the answer. */
    public byte[] replyBody() {
        return replyBody;
    }

    /** Body of the answer as text. */
    public String replyText() {
        return new String(replyBody, StandardCharsets.UTF_8);
    }

    @Override
    public int code() {
        return code;
    }

    /** Says that the client is of another language. */
    public FakeRequest speaking(String other) {
        language = other;
        return this;
    }

    @Override
    public int opaque() {
        return 1;
    }

    /** Sets the version of the client that sends it. */
    public FakeRequest ofVersion(int other) {
        version = other;
        return this;
    }

    @Override
    public int version() {
        return version;
    }

    @Override
    public String language() {
        return language;
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
        checkValid();
        return new FakeFields(fields);
    }

    @Override
    public ByteBuf body() {
        checkValid();
        return body;
    }

    private void checkValid() {
        if (returned && !detached) {
            throw new AssertionError("used after the handler returned without having been detached");
        }
    }

    @Override
    public void detach() {
        checkValid();
        detached = true;
    }

    @Override
    public RpcConnection connection() {
        return connection;
    }

    @Override
    public void reply(int newCode, @Nullable String remark, FieldWriter writer, @Nullable ByteBuf newBody) {
        if (replied) {
            throw new AssertionError("answered twice: " + replyCode + ", then " + newCode);
        }
        replied = true;
        replyCode = newCode;
        replyRemark = remark;
        replyFields = FakeFields.of(writer).values();
        if (newBody != null) {
            replyBody = ByteBufUtil.getBytes(newBody);
            newBody.release();
        }
    }
}
