package io.vledger.remoting.audit;

import io.vledger.api.audit.AuditEvent;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.protocol.ResponseCode;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What is recorded about one request that changes state, from when it comes until it is answered. A request that another node relayed is
 * recorded by the node that served it, with the client's address.
 */
public final class RequestAudit {
    private final AuditLog log;
    private final String what;
    private final String about;
    private final String from;

    private RequestAudit(AuditLog log, String what, String about, String from) {
        this.log = log;
        this.what = what;
        this.about = about;
        this.from = from;
    }

    /** Begins, before the request's handler runs; null for a request that changes no state. */
    public static @Nullable RequestAudit of(AuditLog log, RelayableRequest request) {
        String what = AuditedRequests.name(request.code());
        if (what == null || log == AuditLog.NONE) {
            return null;
        }
        return new RequestAudit(
                log,
                what,
                RequestSubject.of(request.code(), request.fields(), request.body()),
                address(request.connection().remote()));
    }

    /** A request of any kind was refused because its sender may not. */
    public static void refused(AuditLog log, RelayableRequest request, String who, int code, @Nullable String remark) {
        log.record(new AuditEvent(
                who,
                address(request.connection().remote()),
                "REQUEST_" + request.code(),
                "",
                result(code, remark),
                true));
    }

    /** It is answered with this code. */
    public void answered(String who, int code, @Nullable String remark) {
        boolean refused = code != ResponseCode.SUCCESS;
        log.record(new AuditEvent(who, from, what, about, refused ? result(code, remark) : "0", refused));
    }

    private static String result(int code, @Nullable String remark) {
        return remark == null ? String.valueOf(code) : code + " " + remark;
    }

    private static String address(InetSocketAddress remote) {
        return remote.isUnresolved()
                ? remote.getHostString() + ":" + remote.getPort()
                : remote.getAddress().getHostAddress() + ":" + remote.getPort();
    }
}
