package io.vledger.remoting.connection;

import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;

/** What is to be flushed behind whatever the loop does now: one task for all connections that ask. Loop only. */
final class FlushQueue {
    private final ContextInternal context;
    private final List<Flushable> waiting = new ArrayList<>();
    private boolean scheduled;

    /** Collects output that can be flushed. */
    interface Flushable {
        /** Flushes, unless it has moved to another loop, and so to another queue, since it asked. */
        void flushFrom(FlushQueue queue);
    }

    FlushQueue(ContextInternal context) {
        this.context = context;
    }

    void add(Flushable output) {
        waiting.add(output);
        if (!scheduled) {
            scheduled = true;
            context.nettyEventLoop().execute(this::flushAll);
        }
    }

    private void flushAll() {
        scheduled = false;
        // A flush can make room and so make handlers run and reply: those join the next round.
        Flushable[] round = waiting.toArray(new Flushable[0]);
        waiting.clear();
        try {
            for (Flushable output : round) {
                output.flushFrom(this);
            }
        } catch (VirtualMachineError e) {
            context.reportException(e);
        }
    }
}
