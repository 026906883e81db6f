package io.vledger.remoting.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.rpc.FieldWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
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

/** What one send costs in the codec: reading the fields of a SEND_MESSAGE_V2, and writing its reply. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CodecBenchmark {
    private static final String PROPERTIES =
            "KEYS\u0001order-1234567\u0002UNIQ_KEY\u00017F0000010B5C18B4AAC2531A2B3C0000\u0002TAGS\u0001TagA\u0002WAIT\u0001true\u0002";
    private static final String MESSAGE_ID = "7F00000100002A9F00000000000000FF";

    /** Header encoding of the request and the reply. */
    @Param({"JSON", "BINARY"})
    public String encoding;

    private final HeaderReader reader = new HeaderReader();
    private final FrameWriter writer = new FrameWriter();
    private byte type;
    private ByteBuf frame;
    private int headerLength;
    private ByteBuf out;
    private ByteBuf properties;

    /** Makes a frame as a client would. */
    @Setup
    public void open() {
        type = encoding.equals("JSON") ? Header.JSON : Header.BINARY;
        frame = PooledByteBufAllocator.DEFAULT.directBuffer();
        out = PooledByteBufAllocator.DEFAULT.directBuffer();
        properties = PooledByteBufAllocator.DEFAULT.directBuffer();
        FieldWriter fields = sink -> sink.put("a", "producer-group")
                .put("b", "TopicTest")
                .put("c", "TBW102")
                .put("d", 4)
                .put("e", 2)
                .put("f", 0)
                .put("g", 1_700_000_000_123L)
                .put("h", 0)
                .put("i", PROPERTIES)
                .put("j", 0)
                .put("k", false)
                .put("m", false)
                .put("n", "broker-a");
        writer.write(frame, type, 310, 0, 1234, null, fields, 128);
        headerLength = frame.readableBytes() - 8;
        frame.writeZero(128);
    }

    /** Releases the buffers. */
    @TearDown
    public void close() {
        frame.release();
        out.release();
        properties.release();
    }

    /** Parses the header and takes the fields that a send needs. */
    @Benchmark
    public long readSend() {
        Header header = reader.read(frame, 8, headerLength, type);
        properties.clear();
        header.copyUtf8("b", properties);
        header.copyUtf8("i", properties);
        return header.requiredNumber("e")
                + header.requiredNumber("f")
                + header.requiredLong("g")
                + header.requiredNumber("h")
                + header.number("j", 0)
                + (header.flag("m", false) ? 1 : 0)
                + properties.readableBytes();
    }

    /** Encodes the reply to a send. */
    @Benchmark
    public int writeSendReply() {
        out.clear();
        writer.write(
                out,
                type,
                0,
                FrameWriter.RESPONSE,
                1234,
                null,
                sink -> sink.put("msgId", MESSAGE_ID)
                        .put("queueId", 2)
                        .put("queueOffset", 123_456_789L)
                        .put("MSG_REGION", "DefaultRegion")
                        .put("TRACE_ON", true),
                0);
        return out.readableBytes();
    }

    /** For a reader: the header as text. */
    @Override
    public String toString() {
        return frame.toString(8, headerLength, StandardCharsets.UTF_8);
    }
}
