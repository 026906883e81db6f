package io.vledger.kernel.config;

import org.jspecify.annotations.Nullable;

/**
 * A host and a port as written in a configuration.
 *
 * @param host name or address; an IPv6 address without its brackets
 * @param port 1 to 65535
 */
record HostPort(String host, int port) {
    private static final int MAX_NAME_CHARS = 253;

    /** Parses {@code host:port} or {@code [v6]:port}; null if it is neither. */
    static @Nullable HostPort parse(String text) {
        String trimmed = text.trim();
        int colon = trimmed.lastIndexOf(':');
        if (colon <= 0 || trimmed.length() > 300) {
            return null;
        }
        String host = trimmed.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
            if (!host.matches("[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*(%\\w+)?")) {
                return null;
            }
        } else if (host.indexOf(':') >= 0) {
            return null;
        }
        if (host.indexOf(':') < 0 && !isName(host)) {
            return null;
        }
        String port = trimmed.substring(colon + 1);
        if (!port.matches("\\d{1,5}")) {
            return null;
        }
        int number = Integer.parseInt(port);
        return number < 1 || number > 65535 ? null : new HostPort(host, number);
    }

    /** A name of DNS, also with the underscores of containers, or an IPv4 address; digits and dots alone must be one. */
    private static boolean isName(String host) {
        if (host.matches("[0-9.]+")) {
            return host.matches("((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}");
        }
        return host.length() <= MAX_NAME_CHARS
                && host.matches("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
                && !host.contains("..");
    }

    /** Whether two listeners on these would be in each other's way. */
    boolean clashesWith(HostPort other) {
        return port == other.port && (host.equals(other.host) || any() || other.any());
    }

    /** Whether this means every address of a machine, which only a listener can. */
    boolean any() {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    /** Where a listener binds by default whose peers dial this: only there if that is loopback, else every address. */
    String bindHost() {
        boolean loopback = host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
        return loopback ? host : host.indexOf(':') >= 0 ? "::" : "0.0.0.0";
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
