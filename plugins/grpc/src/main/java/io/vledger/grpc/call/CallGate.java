package io.vledger.grpc.call;

import apache.rocketmq.v2.Code;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vledger.api.audit.AuditEvent;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.net.FailureDelays;
import io.vledger.api.rpc.CallAccess;
import io.vledger.api.rpc.CallAccess.Wanted;
import io.vledger.api.rpc.CallSignature;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets calls in that access control lets in, before anything is done about them. Who is refused again and again is answered later and
 * later, as on the client port. A call passes at once where nothing is checked. Loop only.
 */
public final class CallGate {
    private final Vertx vertx;
    private final Supplier<CallAccess> access;
    private final AuditLog audit;
    private final FailureDelays failures = new FailureDelays();

    /**
     * A gate.
     *
     * @param access who decides at the moment
     * @param audit takes down what is refused
     */
    public CallGate(Vertx vertx, Supplier<CallAccess> access, AuditLog audit) {
        this.vertx = vertx;
        this.access = access;
        this.audit = audit;
    }

    /** Whether calls are looked at. */
    public boolean checks() {
        return access.get().checks();
    }

    /**
     * Lets a call in, or fails with {@link StatusException}.
     *
     * @param wanted what it needs, asked if calls are looked at
     */
    public Future<CallContext> admit(GrpcServerRequest<?, ?> call, String method, Supplier<List<Wanted>> wanted) {
        CallAccess now = access.get();
        if (!now.checks()) {
            return context(call, unchecked(call));
        }
        InetSocketAddress remote = CallContext.address(call.connection().remoteAddress());
        @Nullable CallSignature signature;
        try {
            signature = Credentials.of(call.headers());
        } catch (StatusException unreadable) {
            return refused(call, method, "", String.valueOf(unreadable.getMessage()));
        }
        if (remote.isUnresolved()) {
            return refused(call, method, "", "the address of the client is not known.");
        }
        Context loop = vertx.getOrCreateContext();
        Promise<CallContext> admitted = Promise.promise();
        now.check(
                new CallAccess.Call(signature, remote.getAddress(), wanted.get()),
                verdict -> loop.runOnContext(
                        v -> decided(call, method, verdict, signature).onComplete(admitted)));
        return admitted.future();
    }

    /** While access control is turned on in one member after the other, the leader may look at what this member does not. */
    private static Caller unchecked(GrpcServerRequest<?, ?> call) {
        try {
            CallSignature signature = Credentials.of(call.headers());
            return signature == null ? Caller.ANYBODY : new Caller("", signature);
        } catch (StatusException unreadable) {
            return Caller.ANYBODY;
        }
    }

    private Future<CallContext> decided(
            GrpcServerRequest<?, ?> call,
            String method,
            CallAccess.@Nullable Verdict verdict,
            @Nullable CallSignature signature) {
        if (verdict == null) {
            return Future.failedFuture(new StatusException(
                    Code.INTERNAL_SERVER_ERROR, "this node cannot tell at the moment who may call; try again"));
        }
        String refusal = verdict.refusal();
        return refusal == null
                ? context(call, new Caller(verdict.user(), signature))
                : refused(call, method, verdict.user(), refusal);
    }

    private static Future<CallContext> context(GrpcServerRequest<?, ?> call, Caller caller) {
        try {
            return Future.succeededFuture(Calls.context(call, caller));
        } catch (StatusException nameless) {
            return Future.failedFuture(nameless);
        }
    }

    private Future<CallContext> refused(GrpcServerRequest<?, ?> call, String method, String user, String why) {
        InetSocketAddress remote = CallContext.address(call.connection().remoteAddress());
        StatusException refusal = new StatusException(Code.UNAUTHORIZED, why);
        audit.record(
                new AuditEvent(user, text(remote), "CALL_" + method, "", Code.UNAUTHORIZED_VALUE + " " + why, true));
        long delayMs = remote.isUnresolved()
                ? 0
                : failures.failed(remote.getAddress(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
        if (delayMs == FailureDelays.CLOSE) {
            var unused = call.connection().close();
            return Future.failedFuture(refusal);
        }
        return delayMs == 0
                ? Future.failedFuture(refusal)
                : vertx.timer(delayMs, TimeUnit.MILLISECONDS).compose(later -> Future.failedFuture(refusal));
    }

    private static String text(InetSocketAddress remote) {
        return remote.isUnresolved()
                ? remote.getHostString()
                : remote.getAddress().getHostAddress() + ":" + remote.getPort();
    }
}
