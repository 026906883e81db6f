package io.vledger.nameservice;

import io.vledger.api.rpc.RpcConnection;

/** What keeps an address in the {@link RouteTable}; when it is gone the address goes too. Equal owners are one owner. */
sealed interface RouteOwner {
    /** This process itself, for a group of its own. */
    enum Local implements RouteOwner {
        /** The member of this process. */
        OWN_MEMBER,
        /** A leader elsewhere that the member of this process follows and that has not registered itself. */
        LEADER_HINT
    }

    /**
     * A broker that registered over a connection.
     *
     * @param connection compared by identity
     */
    record Registered(RpcConnection connection) implements RouteOwner {}

    /**
     * A group that discovery found.
     *
     * @param group its name
     */
    record Discovered(String group) implements RouteOwner {}
}
