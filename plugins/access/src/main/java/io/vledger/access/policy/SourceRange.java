package io.vledger.access.policy;

import io.netty.util.NetUtil;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An address, or a network such as {@code 10.1.0.0/16}, from which an entry of a policy counts. */
public final class SourceRange {
    private final String text;
    private final byte[] network;
    private final int bits;

    private SourceRange(String text, byte[] network, int bits) {
        this.text = text;
        this.network = network;
        this.bits = bits;
    }

    /** Reads one; null if it is neither an address nor a network. */
    public static @Nullable SourceRange parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = NetUtil.createByteArrayFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return null;
        }
        int all = address.length * Byte.SIZE;
        if (slash < 0) {
            return new SourceRange(text, address, all);
        }
        String length = text.substring(slash + 1);
        if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > all) {
            return null;
        }
        return new SourceRange(text, address, Integer.parseInt(length));
    }

    boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != network.length) {
            return false;
        }
        if (bits == bytes.length * Byte.SIZE) {
            return Arrays.equals(bytes, network);
        }
        int shift = bytes.length * Byte.SIZE - bits;
        return new BigInteger(1, bytes).shiftRight(shift).equals(new BigInteger(1, network).shiftRight(shift));
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SourceRange range && range.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }
}
