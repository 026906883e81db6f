package io.vledger.broker.group;

import io.vertx.core.Future;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.rpc.FieldWriter;
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
    private final Map<String, RpcClient> byAddress = new HashMap<>();

    /**
     * The others of a group.
     *
     * @param clients makes a client of an address, on the group's loop
     */
    public OtherMembers(Group group, Function<String, RpcClient> clients) {
        this.group = group;
        this.clients = clients;
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
                    : byAddress
                            .computeIfAbsent(address, clients)
                            .call(code, fields, body, timeoutMs)
                            .map(answer -> answer.code() == ResponseCode.SUCCESS)
                            .otherwise(false));
        }
        return done;
    }
}
