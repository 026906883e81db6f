package io.vledger.api.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;

/** What counts as one address: an IPv4 address, or the network of an IPv6 one, since a machine has all addresses of it. */
final class AddressKey {
    private static final int NETWORK_BYTES = 8;

    private AddressKey() {}

    static Object of(InetAddress address) {
        if (address instanceof Inet6Address && !address.isLoopbackAddress()) {
            return java.nio.ByteBuffer.wrap(Arrays.copyOf(address.getAddress(), NETWORK_BYTES));
        }
        return address;
    }
}
