package io.vledger.remoting.connection;

import io.vertx.core.Future;

/** Opens channels to one server. On the client's loop. */
interface Dialer {
    /** Opens a channel and puts a connection's handler into its pipeline; fails with words that say why there is none. */
    Future<Void> dial(InboundHandler inbound);
}
