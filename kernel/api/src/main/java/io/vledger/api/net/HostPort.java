package io.vledger.api.net;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A host and a port. The only place where {@code host:port} is read or written.
 *
 * @param host name or address; an IPv6 address without its brackets
 * @param port 1 to 65535, or 0 for a listener on any free port
 */
public record HostPort(String host, int port) {
    private static final int MAX_PORT = 65_535;
    private static final int MAX_TEXT_CHARS = 300;
    private static final int MAX_NAME_CHARS = 253;
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*(%\\w+)?");
    private static final Pattern DIGITS_AND_DOTS = Pattern.compile("[0-9.]+");
    private static final Pattern IPV4 = Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?");

    /**
     * Checks the port.
     *
     * @throws IllegalArgumentException if there is no such port
     */
    public HostPort {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("there is no port " + port + "; use one from 1 to " + MAX_PORT);
        }
    }

    /** Reads {@code host:port} or {@code [IPv6 address]:port}; null if the text is neither, or has no port from 1 to 65535. */
    public static @Nullable HostPort parse(String text) {
        return parse(text, false);
    }

    /**
     * Reads an address that another node announced. Earlier versions of this node, and brokers of RocketMQ, may leave out the brackets of an IPv6
     * address; the port is what follows the last colon then.
     *
     * @return null if it is no address
     */
    public static @Nullable HostPort parseAnnounced(String text) {
        return parse(text, true);
    }

    /**
     * The address that a text {@linkplain #parseAnnounced announces}.
     *
     * @throws IllegalArgumentException if it is no address, with a message that quotes it and says what is expected
     */
    public static HostPort of(String text) {
        HostPort address = parseAnnounced(text);
        if (address == null) {
            String shown = text.length() > MAX_TEXT_CHARS ? text.substring(0, MAX_TEXT_CHARS) + "..." : text;
            throw new IllegalArgumentException(
                    "\"" + shown + "\" is no address; it must be host:port or [IPv6 address]:port"
                            + " with a port from 1 to " + MAX_PORT);
        }
        return address;
    }

    private static @Nullable HostPort parse(String text, boolean bracketsOptional) {
        String trimmed = text.trim();
        int colon = trimmed.lastIndexOf(':');
        if (colon <= 0 || trimmed.length() > MAX_TEXT_CHARS) {
            return null;
        }
        String host = trimmed.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (bracketed || (bracketsOptional && host.indexOf(':') >= 0)) {
            host = bracketed ? host.substring(1, host.length() - 1) : host;
            if (!IPV6.matcher(host).matches()) {
                return null;
            }
        } else if (!isName(host)) {
            return null;
        }
        String digits = trimmed.substring(colon + 1);
        int port = PORT.matcher(digits).matches() ? Integer.parseInt(digits) : 0;
        return port < 1 || port > MAX_PORT ? null : new HostPort(host, port);
    }

    /** Reads a host alone: a name, an IPv4 address, or an IPv6 address, whose brackets are taken away; null if it is none of these. */
    public static @Nullable String parseHost(String text) {
        boolean bracketed = text.startsWith("[") && text.endsWith("]");
        String host = bracketed ? text.substring(1, text.length() - 1) : text;
        boolean six = bracketed || host.indexOf(':') >= 0;
        boolean valid = six ? IPV6.matcher(host).matches() : isName(host);
        return valid ? host : null;
    }

    /** A name of DNS, also with the underscores of containers, or an IPv4 address; digits and dots alone must be one. */
    private static boolean isName(String host) {
        if (DIGITS_AND_DOTS.matcher(host).matches()) {
            return IPV4.matcher(host).matches();
        }
        return host.length() <= MAX_NAME_CHARS && NAME.matcher(host).matches() && !host.contains("..");
    }

    /** Whether listeners on these two addresses of one machine would be in each other's way. */
    public boolean clashesWith(HostPort other) {
        return port == other.port && (host.equals(other.host) || isAnyAddress() || other.isAnyAddress());
    }

    /** Whether this means every address of a machine, which only a listener can use. */
    public boolean isAnyAddress() {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    /** Where a listener binds by default that others reach at this address: only there if it is loopback, else everywhere. */
    public String defaultBindHost() {
        boolean loopback = host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
        return loopback ? host : host.indexOf(':') >= 0 ? "::" : "0.0.0.0";
    }

    /** {@code host:port}, an IPv6 address in brackets. */
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
