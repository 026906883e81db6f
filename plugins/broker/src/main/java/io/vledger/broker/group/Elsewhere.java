package io.vledger.broker.group;

import io.vledger.api.rpc.RpcRequest;
import java.util.function.Predicate;

/**
 * Takes requests that this member began to serve as the leader and cannot end, because it no longer leads: nothing was done
 * about them, so another member can. Without forwarding there is nobody to take them. Loop only.
 */
public final class Elsewhere {
    private Predicate<RpcRequest> taker = request -> false;

    /** From now on requests are offered to {@code newTaker}. */
    public void to(Predicate<RpcRequest> newTaker) {
        taker = newTaker;
    }

    /** Whether the request was taken; then it is not to be answered here. It must be detached, or within its handler. */
    public boolean takes(RpcRequest request) {
        return taker.test(request);
    }
}
