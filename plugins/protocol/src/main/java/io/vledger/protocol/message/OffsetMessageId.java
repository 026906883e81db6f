package io.vledger.protocol.message;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The id by which a message is fetched from the node that stored it: store host and physical offset in hexadecimal. As a
 * character sequence it is written into replies without a string; it is then reused by one thread.
 */
public final class OffsetMessageId implements CharSequence {
    private static final String DIGITS = "0123456789ABCDEF";

    private final byte[] storeHost;
    private long position;

    /** Ids of messages stored by this host; see {@link HostBytes}. */
    public OffsetMessageId(byte[] storeHost) {
        this.storeHost = storeHost.clone();
    }

    /** Makes this the id of the message at a position, until the next call. */
    public OffsetMessageId at(long physicalOffset) {
        position = physicalOffset;
        return this;
    }

    @Override
    public int length() {
        return (storeHost.length + Long.BYTES) * 2;
    }

    @Override
    public char charAt(int index) {
        int octet = index >> 1;
        int value = octet < storeHost.length
                ? storeHost[octet]
                : (int) (position >>> (8 * (Long.BYTES - 1 - (octet - storeHost.length))));
        return DIGITS.charAt((index & 1) == 0 ? (value >> 4) & 0xF : value & 0xF);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return toString().subSequence(start, end);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(length());
        for (int i = 0; i < length(); i++) {
            text.append(charAt(i));
        }
        return text.toString();
    }

    /**
     * Takes an id apart.
     *
     * @return null if the text is not an id
     */
    public static @Nullable Parsed parse(String id) {
        if (id.length() != 32 && id.length() != 56) {
            return null;
        }
        byte[] bytes;
        try {
            bytes = HexFormat.of().parseHex(id);
            int address = bytes.length - Integer.BYTES - Long.BYTES;
            java.nio.ByteBuffer rest = java.nio.ByteBuffer.wrap(bytes, address, Integer.BYTES + Long.BYTES);
            int port = rest.getInt();
            if (port < 0 || port > 0xFFFF) {
                return null;
            }
            InetAddress host = InetAddress.getByAddress(java.util.Arrays.copyOf(bytes, address));
            return new Parsed(new InetSocketAddress(host, port), rest.getLong());
        } catch (IllegalArgumentException | UnknownHostException notAnId) {
            return null;
        }
    }

    /** Parts of an id. */
    public record Parsed(InetSocketAddress storeHost, long physicalOffset) {}
}
