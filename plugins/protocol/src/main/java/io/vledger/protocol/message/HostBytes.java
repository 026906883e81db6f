package io.vledger.protocol.message;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A host as messages store it: 4 or 16 bytes of address and a port. */
public final class HostBytes {
    private HostBytes() {}

    /** The bytes of an address; one without a resolved address counts as 0.0.0.0. */
    public static byte[] of(InetSocketAddress host) {
        InetAddress resolved = host.getAddress();
        byte[] address = resolved == null ? new byte[4] : resolved.getAddress();
        byte[] bytes = java.util.Arrays.copyOf(address, address.length + Integer.BYTES);
        int port = host.getPort();
        bytes[address.length + 2] = (byte) (port >>> 8);
        bytes[address.length + 3] = (byte) port;
        return bytes;
    }

    /** Whether these are the bytes of an IPv6 address. */
    public static boolean isV6(byte[] host) {
        return host.length == 16 + Integer.BYTES;
    }

    /** The region of a message as bytes. */
    public static byte[] copy(ByteBuf buffer, int at, int length) {
        byte[] bytes = new byte[length];
        buffer.getBytes(at, bytes);
        return bytes;
    }
}
