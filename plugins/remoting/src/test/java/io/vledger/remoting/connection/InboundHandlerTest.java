package io.vledger.remoting.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.tls.TlsContexts;
import io.vledger.api.tls.TlsSettings;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.frame.Frames;
import io.vledger.remoting.frame.LeakWatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a channel hands to its connection around a move. */
@ExtendWith(LeakWatch.class)
class InboundHandlerTest {
    @Test
    void whatArrivedDuringAMoveToTheChannelsOwnLoopIsServedBeforeWhatArrivesLater() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            List<Integer> served = new ArrayList<>();
            Handlers handlers = new HandlerTable();
            handlers.register(1, request -> served.add(request.opaque()));
            LoopState loop = new LoopState(
                    (ContextInternal) vertx.getOrCreateContext(),
                    Limits.STANDARD,
                    new UnsentBudget(1 << 20),
                    new QuietLog(),
                    new TlsContexts(vertx, TlsSettings.NONE));
            RequestRouting routing = new RequestRouting(handlers, new Filters(new QuietLog()), AuditLog.NONE, "");
            Connection connection = new Connection(loop, routing, new Ignoring());
            EmbeddedChannel channel = new EmbeddedChannel();
            InboundHandler inbound = new InboundHandler(connection, channel.eventLoop());
            channel.pipeline().addLast(inbound);
            inbound.hold();
            byte[] frame = Frames.request(1, 1);
            channel.pipeline().fireChannelRead(Unpooled.copiedBuffer(frame, 0, 7));
            inbound.release(channel.eventLoop());
            // The channel may be read again before its loop comes to the tasks that were queued.
            channel.pipeline().fireChannelRead(Unpooled.copiedBuffer(frame, 7, frame.length - 7));
            channel.pipeline().fireChannelRead(Unpooled.wrappedBuffer(Frames.request(1, 2)));
            channel.runPendingTasks();
            assertThat(served).containsExactly(1, 2);
            channel.close().sync();
            channel.runPendingTasks();
        } finally {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }

    private static final class Ignoring implements Connection.Listener {
        @Override
        public void opened(Connection connection) {}

        @Override
        public void closed(Connection connection) {}
    }
}
