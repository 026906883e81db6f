package io.vledger.kernel.config;

import org.jspecify.annotations.Nullable;

/**
 * A host and a port as written in a configuration.
 *
 * @param host name or address; an IPv6 address without its brackets
 * @param port 1 to 65535
 */
record HostPort(String host, int port) {
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
        if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || c == '/' || c == ',' || c == ';')) {
            return null;
        }
        try {
            int port = Integer.parseInt(trimmed.substring(colon + 1));
            return port < 1 || port > 65535 ? null : new HostPort(host, port);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** Whether two listeners on these would be in each other's way. */
    boolean clashesWith(HostPort other) {
        return port == other.port && (host.equals(other.host) || any() || other.any());
    }

    private boolean any() {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
