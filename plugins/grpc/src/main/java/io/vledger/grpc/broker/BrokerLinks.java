package io.vledger.grpc.broker;

import apache.rocketmq.v2.Code;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vledger.api.net.HostPort;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.rpc.CallSignature;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestSigner;
import io.vledger.api.rpc.Rpc;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.grpc.call.StatusException;
import io.vledger.protocol.ResponseCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One client's connections to brokers: inside the process to a group's member here, which serves or forwards to the leader, and over a
 * socket to groups of which this process has no member. The leader knows the client too, as it knows others that send heartbeats to every
 * member: tools ask it who is there.
 *
 * <p>Where access control looks at requests, those of the client go with its signature, which the broker verifies; what this node needs to
 * know itself is signed in its own name. In another process nobody could verify the client's.
 */
public final class BrokerLinks {
    private final Rpc rpc;
    private final RouteTable routes;
    private final Map<String, GroupConfig> groups;
    private final InetSocketAddress client;
    private final Handlers asked;
    private final Access access;
    private final Map<String, RpcClient> inProcess = new TreeMap<>();
    private final Map<String, RpcClient> byAddress = new TreeMap<>();

    private @Nullable CallSignature signature;
    private boolean closed;

    /**
     * Access control of this node.
     *
     * @param checks whether requests must be signed
     * @param signer signs in the name of this node; null while nobody does
     */
    public record Access(BooleanSupplier checks, Supplier<@Nullable RequestSigner> signer) {
        /** There is none. */
        public static final Access NONE = new Access(() -> false, () -> null);
    }

    /**
     * No connection yet.
     *
     * @param groups the groups of this process, by name
     * @param client the client's address
     * @param asked serves what brokers ask the client
     * @param access of this node
     */
    public BrokerLinks(
            Rpc rpc,
            RouteTable routes,
            Map<String, GroupConfig> groups,
            InetSocketAddress client,
            Handlers asked,
            Access access) {
        this.access = access;
        this.rpc = rpc;
        this.routes = routes;
        this.groups = groups;
        this.client = client;
        this.asked = asked;
    }

    /** From now on this is the client's signature; null if it has none. */
    public void signed(@Nullable CallSignature latest) {
        signature = latest;
    }

    /**
     * Sends a request to a group's broker.
     *
     * @param body taken over; may be null
     * @return the answer, whatever its code
     */
    public Future<RpcAnswer> call(String broker, int code, FieldWriter fields, @Nullable ByteBuf body, long timeoutMs) {
        CallSignature known = signature;
        return request(broker, code, known == null ? fields : known.with(fields), body, timeoutMs);
    }

    /** Asks a group's broker for what this node needs to know itself, in its own name. */
    public Future<RpcAnswer> ask(String broker, int code, FieldWriter fields, long timeoutMs) {
        RequestSigner signer = access.signer().get();
        return request(broker, code, signer == null ? fields : signer.sign(fields, null), null, timeoutMs);
    }

    private Future<RpcAnswer> request(
            String broker, int code, FieldWriter fields, @Nullable ByteBuf body, long timeoutMs) {
        if (closed) {
            return unsent(body, new IOException("the client has left"));
        }
        int timeout = (int) Math.max(1, Math.min(timeoutMs, Integer.MAX_VALUE));
        GroupConfig config = groups.get(broker);
        if (config != null) {
            return inProcess
                    .computeIfAbsent(broker, name -> connect(config))
                    .request(code, fields, body, timeout)
                    .compose(this::unlessDenied);
        }
        if (access.checks().getAsBoolean()) {
            return unsent(
                    body,
                    new StatusException(
                            Code.FORBIDDEN,
                            "broker " + broker
                                    + " is of a group without a member on this node, where this node cannot vouch for"
                                    + " clients; connect to a member of that group"));
        }
        String address = routes.address(broker);
        if (address == null) {
            return unsent(body, new StatusException(Code.INVALID_RECEIPT_HANDLE, "cannot find broker " + broker));
        }
        return byAddress
                .computeIfAbsent(address, where -> rpc.client(where, asked))
                .request(code, fields, body, timeout)
                .onFailure(cause -> routes.forget());
    }

    private static Future<RpcAnswer> unsent(@Nullable ByteBuf body, Exception why) {
        if (body != null) {
            body.release();
        }
        return Future.failedFuture(why);
    }

    /** The group to which a call leads may know less of its user than the one that let it in. */
    private Future<RpcAnswer> unlessDenied(RpcAnswer answer) {
        return answer.code() == ResponseCode.NO_PERMISSION && access.checks().getAsBoolean()
                ? Future.failedFuture(new StatusException(Code.UNAUTHORIZED, String.valueOf(answer.remark())))
                : Future.succeededFuture(answer);
    }

    /**
     * Says something of the client to a group: to its member here, and to the leader, over a socket by which that can ask the client
     * in turn. Completes when both have answered, whatever it was. What the member here refuses is not said to the leader, which takes
     * this node's word for it.
     */
    public Future<Void> announce(String broker, int code, FieldWriter fields, byte[] body, long timeoutMs) {
        Future<RpcAnswer> here = call(broker, code, fields, Unpooled.wrappedBuffer(body), timeoutMs);
        String leader = routes.leaderElsewhere(broker);
        if (leader == null) {
            return here.<Void>mapEmpty().otherwiseEmpty();
        }
        if (!access.checks().getAsBoolean()) {
            return Future.join(here.otherwiseEmpty(), tell(leader, code, fields, body, timeoutMs))
                    .mapEmpty();
        }
        return here.compose(answer -> answer.code() == ResponseCode.SUCCESS
                        ? tell(leader, code, fields, body, timeoutMs)
                        : Future.succeededFuture())
                .otherwiseEmpty();
    }

    private Future<Void> tell(String leader, int code, FieldWriter fields, byte[] body, long timeoutMs) {
        if (closed) {
            return Future.succeededFuture();
        }
        return byAddress
                .computeIfAbsent(leader, where -> rpc.memberClient(where, asked))
                .call(code, fields, body, (int) timeoutMs)
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    private RpcClient connect(GroupConfig config) {
        return rpc.inProcess("broker/" + config.name(), new HostPort(config.bindHost(), config.port()), client, asked);
    }

    /** Closes them; what is called later fails. */
    public void close() {
        closed = true;
        inProcess.values().forEach(RpcClient::close);
        byAddress.values().forEach(RpcClient::close);
        inProcess.clear();
        byAddress.clear();
    }
}
