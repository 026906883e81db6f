package io.vledger.remoting.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ResourceLeakDetector;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.tls.TlsContexts;
import io.vledger.api.tls.TlsSettings;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.frame.Frames;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a request costs in garbage, from the receive buffer through the handler to the encoded reply. */
class RequestAllocationTest {
    private static final int FRAMES = 1_000;
    /** The request, the body's slice, and, until the compiler removes it, what writes the reply: 153 were measured. */
    private static final long BOUND_BYTES = 250;

    @Test
    void aRequestAndItsReplyAllocateLessThan250Bytes() throws Exception {
        Vertx vertx = Vertx.vertx();
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED); // it allocates for each buffer
        try {
            ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
            Promise<Long> measured = Promise.promise();
            context.runOnContext(v -> {
                try {
                    measured.complete(bytesPerRequest(context));
                } catch (Throwable failed) {
                    measured.fail(failed);
                }
            });
            long bytes = measured.future().await(60, TimeUnit.SECONDS);
            assertThat(bytes)
                    .as("bytes allocated for one request and its reply")
                    .isLessThan(BOUND_BYTES);
        } finally {
            ResourceLeakDetector.setLevel(level);
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }

    private static long bytesPerRequest(ContextInternal context) {
        Handlers handlers = new HandlerTable();
        handlers.register(1, request -> {
            assert request.body().readableBytes() == 100;
            request.reply(0, null, FieldWriter.NONE, null);
        });
        LoopState loop = new LoopState(
                context,
                Limits.STANDARD,
                new UnsentBudget(1 << 30),
                new QuietLog(),
                new TlsContexts(context.owner(), TlsSettings.NONE));
        RequestRouting routing = new RequestRouting(handlers, new Filters(new QuietLog()), AuditLog.NONE, "");
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.pipeline()
                .addLast(new InboundHandler(new Connection(loop, routing, new Ignoring()), channel.eventLoop()));
        byte[][] frames = new byte[FRAMES][];
        for (int i = 0; i < FRAMES; i++) {
            frames[i] = Frames.request(1, i, new byte[100]);
        }
        byte[] all = Frames.join(frames);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 200; round++) { // the first ones are interpreted and load classes
            ByteBuf in = Unpooled.wrappedBuffer(all);
            long before = threads.getCurrentThreadAllocatedBytes();
            channel.pipeline().fireChannelRead(in);
            channel.pipeline().fireChannelReadComplete();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
                out.release();
            }
        }
        channel.close().syncUninterruptibly();
        return least / FRAMES;
    }

    private static final class Ignoring implements Connection.Listener {
        @Override
        public void opened(Connection connection) {}

        @Override
        public void closed(Connection connection) {}
    }
}
