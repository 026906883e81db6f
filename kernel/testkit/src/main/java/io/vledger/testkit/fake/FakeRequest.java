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
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A request with its fields in a map, which keeps the reply. */
public final class FakeRequest implements RelayableRequest, Fields {
    private String language = "JAVA";
    private static final int VERSION_5 = 460;

    private final int code;
    private final Map<String, String> fields = new LinkedHashMap<>();
    private final Map<String, String> replyFields = new LinkedHashMap<>();
    private RpcConnection connection = new FakeConnection();
    private ByteBuf body = Unpooled.EMPTY_BUFFER;
    private boolean replied;
    private boolean detached;
    private boolean returned;
    private boolean givenBack;
    private int hops;
    private int replyCode;
    private @Nullable String replyRemark;
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

    @Override
    public int version() {
        return VERSION_5;
    }

    @Override
    public String language() {
        return language;
    }

    @Override
    public boolean oneway() {
        return false;
    }

    @Override
    public @Nullable String remark() {
        return null;
    }

    @Override
    public Fields fields() {
        checkValid();
        return this;
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
        writer.writeTo(new Sink());
        if (newBody != null) {
            replyBody = ByteBufUtil.getBytes(newBody);
            newBody.release();
        }
    }

    private final class Sink implements FieldWriter.FieldSink {
        @Override
        public FieldWriter.FieldSink put(String key, long value) {
            replyFields.put(key, Long.toString(value));
            return this;
        }

        @Override
        public FieldWriter.FieldSink put(String key, CharSequence value) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < value.length(); i++) {
                text.append(value.charAt(i));
            }
            replyFields.put(key, text.toString());
            return this;
        }

        @Override
        public FieldWriter.FieldSink put(String key, boolean value) {
            replyFields.put(key, Boolean.toString(value));
            return this;
        }
    }

    @Override
    public @Nullable String text(String key) {
        return fields.get(key);
    }

    @Override
    public String requiredText(String key) {
        String value = fields.get(key);
        if (value == null || value.isEmpty()) {
            throw new RequestException(1, "the field " + key + " is missing");
        }
        return value;
    }

    @Override
    public int number(String key, int otherwise) {
        return fields.containsKey(key) ? requiredNumber(key) : otherwise;
    }

    @Override
    public int requiredNumber(String key) {
        try {
            return Integer.parseInt(requiredText(key));
        } catch (NumberFormatException malformed) {
            throw new RequestException(1, "the field " + key + " is not a number");
        }
    }

    @Override
    public long longNumber(String key, long otherwise) {
        return fields.containsKey(key) ? requiredLong(key) : otherwise;
    }

    @Override
    public long requiredLong(String key) {
        try {
            return Long.parseLong(requiredText(key));
        } catch (NumberFormatException malformed) {
            throw new RequestException(1, "the field " + key + " is not a number");
        }
    }

    @Override
    public boolean flag(String key, boolean otherwise) {
        String value = fields.get(key);
        return value == null ? otherwise : "true".equalsIgnoreCase(value);
    }

    @Override
    public int copyUtf8(String key, ByteBuf target) {
        String value = fields.get(key);
        if (value == null) {
            return -1;
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        target.writeBytes(bytes);
        return bytes.length;
    }

    @Override
    public void forEach(BiConsumer<String, String> consumer) {
        fields.forEach(consumer);
    }
}
