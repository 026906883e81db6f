package io.vledger.remoting.connection;

import io.netty.channel.EventLoop;
import io.vertx.core.internal.ContextInternal;
import io.vledger.api.tls.TlsContexts;
import io.vledger.remoting.frame.FrameWriter;
import io.vledger.remoting.frame.HeaderReader;
import io.vledger.remoting.stranger.StrangerLimits;

/**
 * What the connections of one server, or of one client, share on their event loop: scratch memory of reader and writer, output
 * to flush, calls that wait for answers, bounds and log. Loop only, except for {@link #inThread}.
 */
final class LoopState {
    final Limits limits;
    final UnsentBudget unsent;
    final QuietLog log;
    final TlsContexts tls;
    final HeaderReader headers = new HeaderReader();
    final FrameWriter writer = new FrameWriter();
    final FlushQueue flushes;
    final PendingCalls calls;
    private final ContextInternal context;

    /** Of strangers to this node, whatever port they come to. */
    final Strangers strangers;

    /** Without what is known of strangers: for clients. */
    LoopState(ContextInternal context, Limits limits, UnsentBudget unsent, QuietLog log, TlsContexts tls) {
        this(context, limits, unsent, log, tls, new Strangers(StrangerLimits.STANDARD));
    }

    LoopState(
            ContextInternal context,
            Limits limits,
            UnsentBudget unsent,
            QuietLog log,
            TlsContexts tls,
            Strangers strangers) {
        this.strangers = strangers;
        this.tls = tls;
        this.context = context;
        this.limits = limits;
        this.unsent = unsent;
        this.log = log;
        this.flushes = new FlushQueue(context);
        this.calls = new PendingCalls(context);
    }

    boolean inThread() {
        return eventLoop().inEventLoop();
    }

    ContextInternal context() {
        return context;
    }

    EventLoop eventLoop() {
        return context.nettyEventLoop();
    }
}
