package io.vledger.broker.group;

import io.vertx.core.Future;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcClient;
import io.vledger.protocol.ResponseCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Asks the other members of a group, at their client ports, to do what only the member can to which a client is connected: clients send
 * heartbeats to some members only. Loop only.
 */
public final class OtherMembers {
    private final Group group;
    private final Function<String, RpcClient> clients;
    private final MemberCalls calls;
    private final Map<String, RpcClient> byAddress = new HashMap<>();

    /**
     * The others of a group.
     *
     * @param links reaches them
     */
    public OtherMembers(Group group, MemberLinks links) {
        this.group = group;
        this.clients = links.clients();
        this.calls = new MemberCalls(group, links.calls());
    }

    /** Confirms to the others what this member asks of them, from now on. */
    public PeerChannel.Registration start() {
        return calls.start();
    }

    /** A handler for what the others ask with {@link #firstThatDoes}: clients are answered as if there were none. */
    public RequestHandler only(RequestHandler handler) {
        return calls.only(handler);
    }

    /**
     * Sends a request to one member after the other until one has done it.
     *
     * @param fields may be asked for more than once
     * @param timeoutMs for each of them
     * @return whether one answered success; never fails
     */
    public Future<Boolean> firstThatDoes(int code, FieldWriter fields, byte[] body, int timeoutMs) {
        List<String> addresses = new ArrayList<>();
        for (GroupStatus.Member member : group.status().members()) {
            boolean reachable = member.connected() && !member.clientAddress().isEmpty();
            if (reachable && !member.node().equals(group.node())) {
                addresses.add(member.clientAddress());
            }
        }
        byAddress.entrySet().removeIf(known -> {
            boolean gone = !addresses.contains(known.getKey());
            if (gone) {
                known.getValue().close();
            }
            return gone;
        });
        Future<Boolean> done = Future.succeededFuture(false);
        for (String address : addresses) {
            done = done.compose(before -> before
                    ? Future.succeededFuture(true)
                    : call(byAddress.computeIfAbsent(address, clients), code, fields, body, timeoutMs));
        }
        return done;
    }

    private Future<Boolean> call(RpcClient member, int code, FieldWriter fields, byte[] body, int timeoutMs) {
        MemberCalls.Call call = calls.begin(fields);
        return member.call(code, call.fields(), body, timeoutMs)
                .map(answer -> answer.code() == ResponseCode.SUCCESS)
                .otherwise(false)
                .onComplete(answered -> calls.end(call));
    }
}
