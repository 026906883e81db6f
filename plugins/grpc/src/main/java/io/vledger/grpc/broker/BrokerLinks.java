package io.vledger.grpc.broker;

import apache.rocketmq.v2.Code;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vledger.api.net.HostPort;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.Rpc;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.grpc.call.StatusException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One client's connections to brokers: inside the process to a group's member here, which serves or forwards to the leader, and over a
 * socket to groups of which this process has no member. The leader knows the client too, as it knows others that send heartbeats to every
 * member: tools ask it who is there.
 */
public final class BrokerLinks {
    private final Rpc rpc;
    private final RouteTable routes;
    private final Map<String, GroupConfig> groups;
    private final InetSocketAddress client;
    private final Handlers asked;
    private final Map<String, RpcClient> inProcess = new TreeMap<>();
    private final Map<String, RpcClient> byAddress = new TreeMap<>();

    /**
     * No connection yet.
     *
     * @param groups the groups of this process, by name
     * @param client the client's address
     * @param asked serves what brokers ask the client
     */
    public BrokerLinks(
            Rpc rpc, RouteTable routes, Map<String, GroupConfig> groups, InetSocketAddress client, Handlers asked) {
        this.rpc = rpc;
        this.routes = routes;
        this.groups = groups;
        this.client = client;
        this.asked = asked;
    }

    /**
     * Sends a request to a group's broker.
     *
     * @param body taken over; may be null
     * @return the answer, whatever its code
     */
    public Future<RpcAnswer> call(String broker, int code, FieldWriter fields, @Nullable ByteBuf body, long timeoutMs) {
        int timeout = (int) Math.max(1, Math.min(timeoutMs, Integer.MAX_VALUE));
        GroupConfig config = groups.get(broker);
        if (config != null) {
            return inProcess.computeIfAbsent(broker, name -> connect(config)).request(code, fields, body, timeout);
        }
        String address = routes.address(broker);
        if (address == null) {
            if (body != null) {
                body.release();
            }
            return Future.failedFuture(
                    new StatusException(Code.INVALID_RECEIPT_HANDLE, "cannot find broker " + broker));
        }
        return byAddress
                .computeIfAbsent(address, where -> rpc.client(where, asked))
                .request(code, fields, body, timeout)
                .onFailure(cause -> routes.forget());
    }

    /**
     * Says something of the client to a group: to its member here, and to the leader, over a socket by which that can ask the client
     * in turn. Completes when both have answered, whatever it was.
     */
    public Future<Void> announce(String broker, int code, FieldWriter fields, byte[] body, long timeoutMs) {
        List<Future<?>> sent = new ArrayList<>();
        sent.add(call(broker, code, fields, Unpooled.wrappedBuffer(body), timeoutMs)
                .otherwiseEmpty());
        String leader = routes.leaderElsewhere(broker);
        if (leader != null) {
            sent.add(byAddress
                    .computeIfAbsent(leader, where -> rpc.client(where, asked))
                    .call(code, fields, body, (int) timeoutMs)
                    .otherwiseEmpty());
        }
        return Future.join(sent).mapEmpty();
    }

    private RpcClient connect(GroupConfig config) {
        return rpc.inProcess("broker/" + config.name(), new HostPort(config.bindHost(), config.port()), client, asked);
    }

    /** Closes them. */
    public void close() {
        inProcess.values().forEach(RpcClient::close);
        byAddress.values().forEach(RpcClient::close);
        inProcess.clear();
        byAddress.clear();
    }
}
