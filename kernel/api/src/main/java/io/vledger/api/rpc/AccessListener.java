package io.vledger.api.rpc;

import java.net.InetSocketAddress;

/**
 * Hears of every request that access control decided about, such as an audit log. Offered as a service by any plugin; called on the
 * group's loop, so it must not block.
 */
@FunctionalInterface
public interface AccessListener {
    /** A request was let in or refused. */
    void decided(Decision decision);

    /**
     * What was decided. What the request led to is not known yet.
     *
     * @param group whose port the request came to
     * @param code of the request
     * @param user who has proved to be its sender; empty if nobody has
     * @param from the client's address, also where another member relayed the request
     * @param refusal why it was refused, in words; empty if it was let in
     */
    record Decision(String group, int code, String user, InetSocketAddress from, String refusal) {
        /** Whether the request was let in. */
        public boolean allowed() {
            return refusal.isEmpty();
        }
    }
}
