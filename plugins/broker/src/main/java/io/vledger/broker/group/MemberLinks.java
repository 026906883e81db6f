package io.vledger.broker.group;

import io.vledger.api.net.PeerChannel;
import io.vledger.api.rpc.RpcClient;
import java.util.function.Function;

/**
 * How a member reaches the others of its group.
 *
 * @param clients makes a client of another member's client address, on the group's loop
 * @param calls the channel over which members confirm to each other what came over a client port
 */
public record MemberLinks(Function<String, RpcClient> clients, PeerChannel calls) {}
