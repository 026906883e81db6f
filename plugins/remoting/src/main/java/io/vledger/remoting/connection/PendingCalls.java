package io.vledger.remoting.connection;

import io.vertx.core.Promise;
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

/** Calls of all connections of a loop that wait for their answers. Loop only. */
final class PendingCalls {
    private static final long CHECK_MS = 50;

    private final ContextInternal context;
    private final Map<Integer, PendingCall> calls = new HashMap<>();
    private int lastOpaque;
    private boolean checking;

    /** The connection that a call was sent on. */
    interface Caller {
        /** The other end's address, for messages. */
        String peer();

        /** How often something was read. */
        long reads();

        /** A call that was sent at this number of {@link #reads} got no answer in time. */
        void unanswered(long readsBefore);
    }

    PendingCalls(ContextInternal context) {
        this.context = context;
    }

    /** A correlation number that no other request of this loop has. */
    int nextOpaque() {
        return ++lastOpaque;
    }

    /** Keeps a call until its answer, its time, or the end of its connection. */
    void add(int opaque, Caller caller, int code, int timeoutMs, Promise<RpcAnswer> promise) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        calls.put(opaque, new PendingCall(caller, code, timeoutMs, deadline, caller.reads(), promise));
        checkLater();
    }

    /** Takes the call that an answer belongs to; null if it is over, or was another connection's. */
    @Nullable
    Promise<RpcAnswer> take(int opaque, Caller caller) {
        PendingCall call = calls.get(opaque);
        if (call == null || call.caller != caller) {
            return null;
        }
        calls.remove(opaque);
        return call.promise;
    }

    /** Fails what waits for this connection. */
    void failAll(Caller caller, Throwable cause) {
        List<Promise<RpcAnswer>> failed = new ArrayList<>();
        for (Iterator<PendingCall> i = calls.values().iterator(); i.hasNext(); ) {
            PendingCall call = i.next();
            if (call.caller == caller) {
                i.remove();
                failed.add(call.promise);
            }
        }
        failed.forEach(promise -> promise.tryFail(cause));
    }

    private void checkLater() {
        if (!checking) {
            checking = true;
            context.setTimer(CHECK_MS, id -> check());
        }
    }

    private void check() {
        checking = false;
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
            checkLater();
        }
        for (PendingCall call : late) {
            call.promise.tryFail(new TimeoutException("no answer from " + call.caller.peer() + " to request "
                    + call.code + " within " + call.timeoutMs + " ms"));
            call.caller.unanswered(call.reads);
        }
    }

    private record PendingCall(
            Caller caller, int code, int timeoutMs, long deadline, long reads, Promise<RpcAnswer> promise) {}
}
