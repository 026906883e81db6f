package io.vledger.broker.pull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.StoreException;
import io.vledger.broker.filter.FilterException;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.message.TagsCode;
import io.vledger.testkit.fake.FakeRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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

/**
 * What it costs to find the 32 messages of a pull and read them, by tag and by a comparison of one property; what the evaluation of one message
 * costs by itself; and what a whole request does.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FilterBenchmark {
    private static final int MESSAGES = 32;
    private static final int MAX_BYTES = 256 << 10;
    private static final int BODY_BYTES = 1024;

    /** One message of how many is selected. */
    @Param({"1", "8"})
    public int oneOf;

    private final ScanPlan plan = new ScanPlan();
    private final PropertyScan scan;
    private final MessageFilter tags;
    private final MessageFilter sql;
    private final MessageFilter.Matcher matcher;
    private final ByteBuf properties = Unpooled.directBuffer();
    private final long tagsCode = TagsCode.of("wanted");

    private Path directory;
    private TestBroker broker;
    private TopicQueue queue;

    /** Reads the expressions. */
    public FilterBenchmark() {
        try {
            tags = MessageFilter.parse(MessageFilter.TAG, "wanted");
            sql = MessageFilter.parse(MessageFilter.SQL92, "price > 5");
        } catch (FilterException wrong) {
            throw new IllegalStateException(wrong);
        }
        scan = new PropertyScan(tags);
        matcher = sql.matcher();
        properties.writeCharSequence(propertiesOf(true), StandardCharsets.UTF_8);
    }

    private static String propertiesOf(boolean wanted) {
        return "KEYS\u0001order-1234567\u0002UNIQ_KEY\u00017F0000010B5C18B4AAC2531A2B3C0000\u0002TAGS\u0001"
                + (wanted ? "wanted" : "other") + "\u0002price\u0001" + (wanted ? 17 : 3)
                + "\u0002MSG_REGION\u0001DefaultRegion\u0002TRACE_ON\u0001true\u0002CLUSTER\u0001Cluster\u0002";
    }

    /** Stores enough messages. */
    @Setup
    public void open() throws IOException {
        directory = Files.createTempDirectory("filter-benchmark");
        broker = TestBroker.leaderOver(directory);
        broker.topic("T", 1);
        String body = "x".repeat(BODY_BYTES);
        for (int i = 0; i < MESSAGES * oneOf; i++) {
            broker.message("T", 0, body, propertiesOf(i % oneOf == 0));
        }
        queue = Objects.requireNonNull(
                Objects.requireNonNull(broker.state().topics().find("T")).queue(0));
    }

    /** Removes them. */
    @TearDown
    public void close() throws IOException {
        broker.close();
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.delete(file);
            }
        }
    }

    /** A pull of 32 messages by tag. */
    @Benchmark
    public int pullByTag() throws StoreException {
        plan.scan(queue.log(), 0, PropertyScan.MAX_UNITS, tags, MESSAGES, MAX_BYTES);
        ByteBuf body = PooledByteBufAllocator.DEFAULT.directBuffer(plan.bytes());
        plan.runs().read(broker.store().log(), body, queue);
        return released(body, plan.messages());
    }

    /** A pull of 32 messages by a comparison. */
    @Benchmark
    public int pullBySql() throws StoreException {
        PropertyScan.Step step = scan.step(queue.log(), 0, sql);
        ByteBuf body = PooledByteBufAllocator.DEFAULT.directBuffer(step.capacity(MAX_BYTES));
        PropertyScan.Found found = step.read(
                broker.store().log(), body, queue, sql.matcher(), new PropertyScan.Bounds(MESSAGES, MAX_BYTES));
        return released(body, found.messages());
    }

    /** A whole pull request of 32 messages by tag, without sockets. */
    @Benchmark
    public int requestByTag() {
        return answered(broker.pull("T", 0, 0).with("subscription", "wanted"));
    }

    /** A whole pull request of 32 messages by a comparison, without sockets. */
    @Benchmark
    public int requestBySql() {
        return answered(broker.pull("T", 0, 0).with("expressionType", "SQL92").with("subscription", "price > 5"));
    }

    private int answered(FakeRequest request) {
        return broker.call(request).replyBody().length;
    }

    private static int released(ByteBuf body, int messages) {
        body.release();
        if (messages != MESSAGES) {
            throw new IllegalStateException("found " + messages);
        }
        return messages;
    }

    /** A comparison on one message. */
    @Benchmark
    public boolean evaluateSql() {
        return matcher.matches(properties, 0, properties.readableBytes());
    }

    /** A tag of one message. */
    @Benchmark
    public boolean evaluateTag() {
        return tags.mayMatch(tagsCode);
    }
}
