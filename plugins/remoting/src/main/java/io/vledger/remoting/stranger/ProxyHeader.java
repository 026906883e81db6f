package io.vledger.remoting.stranger;

import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The header of the PROXY protocol, versions 1 (a line of text) and 2 (binary), by which a load balancer says for whom it connects.
 * Source: HAProxy's proxy-protocol.txt, sections 2.1 and 2.2.
 *
 * @param client for whom; null if the load balancer connects for itself, or does not say
 */
public record ProxyHeader(@Nullable InetSocketAddress client) {
    private static final byte[] TEXT = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    /** Of version 1, its end of line included. */
    private static final int MAX_LINE_BYTES = 107;
    /** Of version 2, without its first 16 bytes: addresses, and what load balancers add to them. */
    private static final int MAX_REST_BYTES = 2048;

    private static final int HEAD_BYTES = 16;
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int TCP4 = 0x11;
    private static final int TCP6 = 0x21;
    private static final int TCP4_BYTES = 12;
    private static final int TCP6_BYTES = 36;
    private static final Pattern LINE = Pattern.compile(
            "PROXY (?:UNKNOWN.*|TCP[46] (?<source>[0-9a-fA-F:.]+) [0-9a-fA-F:.]+ (?<port>\\d{1,5}) \\d{1,5})");
    private static final int MAX_PORT = 65535;

    /** What the beginning of a connection is. */
    public enum Beginning {
        /** A header of the PROXY protocol. */
        HEADER,
        /** Something else. */
        OTHER,
        /** Not known before more bytes have come. */
        OPEN
    }

    /** Bytes that claim to be a header and are none. */
    public static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message, null, false, false);
        }
    }

    /** What these bytes begin. */
    public static Beginning beginning(ByteBuf in) {
        Beginning text = matches(in, TEXT);
        return text == Beginning.OTHER ? matches(in, SIGNATURE) : text;
    }

    private static Beginning matches(ByteBuf in, byte[] wanted) {
        int length = Math.min(in.readableBytes(), wanted.length);
        for (int i = 0; i < length; i++) {
            if (in.getByte(in.readerIndex() + i) != wanted[i]) {
                return Beginning.OTHER;
            }
        }
        return length == wanted.length ? Beginning.HEADER : Beginning.OPEN;
    }

    /**
     * Reads a header, and consumes it.
     *
     * @return null if more bytes have to come
     * @throws Malformed saying what is wrong
     */
    public static @Nullable ProxyHeader read(ByteBuf in) throws Malformed {
        return in.getByte(in.readerIndex()) == TEXT[0] ? line(in) : binary(in);
    }

    private static @Nullable ProxyHeader line(ByteBuf in) throws Malformed {
        int length = in.bytesBefore(Math.min(in.readableBytes(), MAX_LINE_BYTES), (byte) '\n');
        if (length < 0) {
            if (in.readableBytes() >= MAX_LINE_BYTES) {
                throw new Malformed("a line of more than " + MAX_LINE_BYTES + " bytes");
            }
            return null;
        }
        String line = in.readCharSequence(length, StandardCharsets.US_ASCII).toString();
        in.skipBytes(1);
        Matcher parts = LINE.matcher(line.endsWith("\r") ? line.substring(0, line.length() - 1) : "");
        if (!parts.matches()) {
            throw new Malformed("its line is not one of version 1");
        }
        String source = parts.group("source");
        return new ProxyHeader(source == null ? null : address(bytes(source), Integer.parseInt(parts.group("port"))));
    }

    private static byte[] bytes(String literal) throws Malformed {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(literal);
        if (bytes == null) {
            throw new Malformed("its source is no address");
        }
        return bytes;
    }

    private static @Nullable ProxyHeader binary(ByteBuf in) throws Malformed {
        if (in.readableBytes() < HEAD_BYTES) {
            return null;
        }
        int at = in.readerIndex() + SIGNATURE.length;
        int command = in.getUnsignedByte(at);
        int family = in.getUnsignedByte(at + 1);
        int rest = in.getUnsignedShort(at + 2);
        if (rest > MAX_REST_BYTES) {
            throw new Malformed("a header of " + rest + " bytes");
        }
        if (command != LOCAL && command != PROXY) {
            throw new Malformed("version and command 0x" + Integer.toHexString(command));
        }
        if (in.readableBytes() < HEAD_BYTES + rest) {
            return null;
        }
        in.skipBytes(HEAD_BYTES);
        ByteBuf addresses = in.readSlice(rest);
        if (command == LOCAL || (family != TCP4 && family != TCP6)) {
            return new ProxyHeader(null);
        }
        if (rest < (family == TCP4 ? TCP4_BYTES : TCP6_BYTES)) {
            throw new Malformed("addresses of " + rest + " bytes");
        }
        byte[] source = new byte[family == TCP4 ? 4 : HEAD_BYTES];
        addresses.readBytes(source);
        addresses.skipBytes(source.length);
        return new ProxyHeader(address(source, addresses.readUnsignedShort()));
    }

    private static InetSocketAddress address(byte[] bytes, int port) throws Malformed {
        if (port > MAX_PORT) {
            throw new Malformed("port " + port);
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
        } catch (UnknownHostException e) {
            throw new Malformed("an address of " + bytes.length + " bytes");
        }
    }
}
