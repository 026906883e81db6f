package io.vledger.importer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.origin.Origin;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.importer.agree.OriginService;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.testkit.SmallGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
 * What a member does before its group opens: at its first start on a classic log without consume queues, where every queue has to be
 * counted and rebuilt, and at the next one. Messages have 1 KiB; the log is read from the page cache if that is large enough.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 3)
@Fork(1)
public class TakeOverBenchmark {
    private static final long FILE_BYTES = 1L << 30;
    private static final int BLANK_MAGIC = 0xCBD43194;
    private static final int BUFFER_BYTES = 4 << 20;
    private static final int QUEUES = 8;

    /** Size of the old log. */
    @Param("1")
    public int gib;

    private Path directory;
    private Vertx vertx;

    @Setup(Level.Trial)
    public void write() throws Exception {
        directory = Files.createTempDirectory("vledger-take-over");
        Path config = Files.createDirectories(directory.resolve("store/config"));
        Files.writeString(
                config.resolve("topics.json"),
                "{\"topicConfigTable\":{\"T\":{\"readQueueNums\":8,\"writeQueueNums\":8,\"perm\":6}}}");
        Path log = Files.createDirectories(directory.resolve("store/commitlog"));
        long number = 0;
        for (int file = 0; file < gib; file++) {
            number = write(log, file * FILE_BYTES, number);
        }
        vertx = Vertx.vertx();
        prepare();
    }

    /** Fills a file; the number of the next message. */
    private static long write(Path log, long position, long first) throws IOException {
        byte[] host = HostBytes.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 10911));
        byte[] topic = "T".getBytes(StandardCharsets.UTF_8);
        ByteBuf body = Unpooled.wrappedBuffer(new byte[1024]);
        ByteBuf buffer = Unpooled.buffer(BUFFER_BYTES + 4096);
        long number = first;
        try (FileChannel file = FileChannel.open(
                log.resolve(String.format(Locale.ROOT, "%020d", position)),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE)) {
            while (true) {
                int before = buffer.readableBytes();
                long at = position + file.position() + before;
                new MessageDraft()
                        .queue((int) (number % QUEUES), 0)
                        .sysFlag(0)
                        .born(number, host)
                        .stored(number, host)
                        .reconsumeTimes(0)
                        .preparedOffset(0)
                        .topic(topic)
                        .body(body, 0, body.readableBytes())
                        .write(buffer, number / QUEUES, at);
                int size = buffer.readableBytes() - before;
                int room = (int) (position + FILE_BYTES - at);
                boolean full = size + Long.BYTES > room;
                if (full) {
                    buffer.writerIndex(before);
                    buffer.writeInt(room).writeInt(BLANK_MAGIC).writeZero(room - Long.BYTES);
                } else {
                    number++;
                }
                if (full || buffer.readableBytes() >= BUFFER_BYTES) {
                    buffer.readBytes(file, buffer.readableBytes());
                    buffer.clear();
                }
                if (full) {
                    return number;
                }
            }
        }
    }

    private Optional<Origin> prepare() throws Exception {
        Path own = directory.resolve("data/vledger-g");
        GroupConfig config = SmallGroup.config("g", own)
                .peers(Map.of("n0", "127.0.0.1:1"))
                .segmentBytes(256 << 20)
                .origin(new GroupConfig.OriginSettings(
                        Map.of("storePathRootDir", directory.resolve("store").toString()), "", false, -1))
                .build();
        OriginService preparations = new OriginService(vertx, (group, name) -> new NoPeers(), "n0");
        Optional<Origin> origin = preparations.prepare(config).await(30, TimeUnit.MINUTES);
        preparations.close().await(1, TimeUnit.MINUTES);
        return origin;
    }

    @Benchmark
    public Optional<Origin> firstStart() throws Exception {
        delete(directory.resolve("data"));
        return prepare();
    }

    @Benchmark
    public Optional<Origin> nextStart() throws Exception {
        return prepare();
    }

    @TearDown(Level.Trial)
    public void remove() throws Exception {
        vertx.close().await(1, TimeUnit.MINUTES);
        delete(directory);
    }

    private static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (var files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** The channel of a member that has no others. */
    private static final class NoPeers implements PeerChannel {
        @Override
        public Registration serve(RequestHandler handler) {
            return () -> {};
        }

        @Override
        public Future<Buffer> request(String member, Buffer request, int timeoutMs) {
            return Future.failedFuture(new IOException("there is no member " + member));
        }
    }
}
