package io.vledger.remoting.frame;

import java.util.Objects;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vledger.access.policy.Policies;
import io.vledger.access.policy.PolicyJson;
import io.vledger.access.rights.Need;
import io.vledger.access.rights.RequestRights;
import io.vledger.access.signature.SigningKey;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.api.rpc.RpcRequest;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What access control costs a SEND_MESSAGE_V2: its signature, and its right. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SignatureBenchmark {
    private static final int SEND = 310;
    private static final String POLICIES =
            "{\"policies\":[{\"policyType\":\"Custom\",\"entries\":[{\"resource\":\"Topic:TopicTest\",\"actions\":[\"Pub\"],"
                    + "\"decision\":\"Allow\"},{\"resource\":\"Group:g\",\"actions\":[\"Sub\"],\"decision\":\"Allow\"}]}]}";

    /** Header encoding of the request. */
    @Param({"JSON", "BINARY"})
    public String encoding;

    /** Bytes of the message's body. */
    @Param({"100", "1024"})
    public int bodyBytes;

    private final HeaderReader reader = new HeaderReader();
    private final SigningKey key = new SigningKey("12345678");
    private final RequestRights rights = new RequestRights("DefaultCluster");
    private final List<Need> needs = new ArrayList<>();
    private byte type;
    private Mac mac;
    private byte[] content;
    private ByteBuf frame;
    private int headerLength;
    private Sent sent;
    private Policies policies;
    private InetAddress address;

    /** Signs a frame as a client would. */
    @Setup
    public void open() throws GeneralSecurityException {
        type = encoding.equals("JSON") ? Header.JSON : Header.BINARY;
        Map<String, String> fields = new HashMap<>(Map.of(
                "a", "producer-group", "b", "TopicTest", "c", "TBW102", "d", "4", "e", "2", "f", "0", "h", "0", "j", "0"));
        fields.put("g", "1700000000123");
        fields.put("i", "KEYS\u0001order-1234567\u0002UNIQ_KEY\u00017F0000010B5C18B4AAC2531A2B3C0000\u0002TAGS\u0001TagA\u0002");
        fields.put("k", "false");
        fields.put("m", "false");
        fields.put("n", "broker-a");
        fields.put(SigningKey.ACCESS_KEY, "rocketmq2");
        byte[] body = new byte[bodyBytes];
        content = ByteBufUtil.getBytes(Unpooled.wrappedBuffer(
                String.join("", new TreeMap<>(fields).values()).getBytes(StandardCharsets.UTF_8), body));
        mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec("12345678".getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
        fields.put(SigningKey.SIGNATURE, key.sign(new TreeMap<>(fields), body));
        frame = PooledByteBufAllocator.DEFAULT.directBuffer();
        FieldWriter writer = sink -> fields.forEach(sink::put);
        new FrameWriter().write(frame, type, SEND, 0, 1, null, writer, body.length);
        headerLength = frame.readableBytes() - FrameHead.BYTES;
        frame.writeBytes(body);
        sent = new Sent(frame.slice(FrameHead.BYTES + headerLength, body.length));
        policies = PolicyJson.read(POLICIES.getBytes(StandardCharsets.UTF_8));
        address = InetAddress.getLoopbackAddress();
    }

    /** Releases the frame. */
    @TearDown
    public void close() {
        frame.release();
    }

    /** What is done without access control too. */
    @Benchmark
    public Header header() {
        return reader.read(frame, FrameHead.BYTES, headerLength, type);
    }

    /** What no server can do without: the JDK's HMAC of what is signed, in one piece. */
    @Benchmark
    public byte[] hmac() {
        mac.update(content);
        return mac.doFinal();
    }

    /** The header, and whether its user signed it. */
    @Benchmark
    public boolean headerAndSignature() {
        sent.header = header();
        return key.verifies(sent);
    }

    /** All of it. */
    @Benchmark
    public boolean headerSignatureAndRight() {
        boolean signed = headerAndSignature();
        needs.clear();
        rights.of(SEND).finder().find(sent, needs);
        return signed && policies.refusal(needs.get(0), address) == null;
    }

    private static final class Sent implements RpcRequest {
        private final ByteBuf body;
        private final RpcConnection connection = new FakeConnection();
        private @Nullable Header header;

        Sent(ByteBuf body) {
            this.body = body;
        }

        @Override
        public int code() {
            return SEND;
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
            return false;
        }

        @Override
        public @Nullable String remark() {
            return null;
        }

        @Override
        public Fields fields() {
            return Objects.requireNonNull(header);
        }

        @Override
        public ByteBuf body() {
            return body;
        }

        @Override
        public void detach() {}

        @Override
        public void replayToNextOwner(String key) {}

        @Override
        public RpcConnection connection() {
            return connection;
        }

        @Override
        public void reply(
                int code, @Nullable String remark, @Nullable FieldWriter fields, @Nullable ByteBuf body) {}
    }
}
