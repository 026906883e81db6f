package io.vledger.remoting.connection;

import java.net.InetSocketAddress;

/** The other end of a connection, for messages: numbers, never a name that would have to be looked up. */
final class PeerName {
    private PeerName() {}

    static String of(InetSocketAddress address) {
        return address.isUnresolved()
                ? address.getHostString()
                : address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
