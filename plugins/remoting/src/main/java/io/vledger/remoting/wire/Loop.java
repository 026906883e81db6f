package io.vledger.remoting.wire;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one server, or of one client, share on their event loop: the parser's and writer's scratch memory,
 * the list of connections to flush, and the calls that wait for answers. Loop only.
 */
final class Loop {
    private static final long CALL_TICK_MS = 50;

    final Limits limits;
    final UnsentBudget unsent;
    final QuietLog log;
    final Header header = new Header();
    final FrameWriter writer = new FrameWriter();

    private final ContextInternal context;
    private final @Nullable Filters filters;
    private final String group;
    private final List<Connection> unflushed = new ArrayList<>();
    private boolean flushScheduled;

    private final Map<Integer, PendingCall> calls = new HashMap<>();
    private int lastOpaque;
    private boolean ticking;

    /** The loop of a client. */
    Loop(ContextInternal context, Limits limits, UnsentBudget unsent, QuietLog log) {
        this(context, limits, unsent, log, null, "");
    }

    /**
     * The loop of a server.
     *
     * @param filters look at its requests
     * @param group name of the group that it serves, or empty
     */
    Loop(
            ContextInternal context,
            Limits limits,
            UnsentBudget unsent,
            QuietLog log,
            @Nullable Filters filters,
            String group) {
        this.unsent = unsent;
        this.context = context;
        this.limits = limits;
        this.log = log;
        this.filters = filters;
        this.group = group;
    }

    boolean inThread() {
        return context.nettyEventLoop().inEventLoop();
    }

    /** Whether a filter refused the request and answered it. */
    boolean refused(Request request) {
        return filters != null && filters.refuse(group, request);
    }

    ContextInternal context() {
        return context;
    }

    Vertx vertx() {
        return context.owner();
    }

    /** Flushes the connection behind what the loop does now, together with all others that ask for it. */
    void flushSoon(Connection connection) {
        unflushed.add(connection);
        if (!flushScheduled) {
            flushScheduled = true;
            context.nettyEventLoop().execute(this::flushAll);
        }
    }

    private void flushAll() {
        flushScheduled = false;
        // A flush can make room and so make handlers run and reply: those join the next round.
        Connection[] round = unflushed.toArray(new Connection[0]);
        unflushed.clear();
        try {
            for (Connection connection : round) {
                if (connection.loop() == this) { // else it has moved, and was flushed before
                    connection.flushNow();
                }
            }
        } catch (VirtualMachineError e) {
            context.reportException(e);
        }
    }

    int nextOpaque() {
        return ++lastOpaque;
    }

    /** Remembers a call until its answer, its time, or the end of its connection. */
    void await(int opaque, Connection connection, int code, int timeoutMs, Promise<RpcAnswer> promise) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        calls.put(opaque, new PendingCall(connection, code, timeoutMs, deadline, connection.reads(), promise));
        if (!ticking) {
            ticking = true;
            context.setTimer(CALL_TICK_MS, id -> tick());
        }
    }

    /** Takes the call that an answer belongs to; null if it is over, or was another connection's. */
    @Nullable
    Promise<RpcAnswer> answered(int opaque, Connection connection) {
        PendingCall call = calls.get(opaque);
        if (call == null || call.connection != connection) {
            return null;
        }
        calls.remove(opaque);
        return call.promise;
    }

    /** Fails what waits for this connection. */
    void failCalls(Connection connection, Throwable cause) {
        List<Promise<RpcAnswer>> failed = new ArrayList<>();
        for (Iterator<PendingCall> i = calls.values().iterator(); i.hasNext(); ) {
            PendingCall call = i.next();
            if (call.connection == connection) {
                i.remove();
                failed.add(call.promise);
            }
        }
        failed.forEach(promise -> promise.tryFail(cause));
    }

    private void tick() {
        ticking = false;
        long now = System.nanoTime();
        List<PendingCall> late = new ArrayList<>();
        for (Iterator<PendingCall> i = calls.values().iterator(); i.hasNext(); ) {
            PendingCall call = i.next();
            if (now - call.deadline >= 0) {
                i.remove();
                late.add(call);
            }
        }
        if (!calls.isEmpty()) {
            ticking = true;
            context.setTimer(CALL_TICK_MS, id -> tick());
        }
        for (PendingCall call : late) {
            call.promise.tryFail(new TimeoutException("no answer from " + call.connection.peer() + " to request "
                    + call.code + " within " + call.timeoutMs + " ms"));
            call.connection.unanswered(call.reads);
        }
    }

    private record PendingCall(
            Connection connection, int code, int timeoutMs, long deadline, long reads, Promise<RpcAnswer> promise) {}
}
