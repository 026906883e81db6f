package io.vledger.http;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides who may change state.
 *
 * <p>With a token: everyone who sends it, from anywhere. Without, if http.trustLoopback says so: only programs of this very machine
 * that mean this server. A
 * loopback address alone does not prove that, because a browser on this machine carries out the wishes of foreign pages: hence
 * {@code Host} must be a name of this machine (or a foreign name was made to point here), {@code Origin} must be this server's
 * own, and a request that a proxy passes on counts as one from elsewhere.
 */
final class AccessGuard {
    private static final String SCHEME = "Bearer ";
    private static final String HINT = "set http.token or http.tokenFile and send Authorization: Bearer TOKEN,"
            + " or ask from this machine, for example with curl -H 'Content-Type: application/json' http://127.0.0.1:PORT";
    /** What a page may have a browser send to another origin without asking it first. */
    private static final Set<String> SIMPLE_TYPES =
            Set.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data");

    private final byte @Nullable [] tokenDigest;

    /**
     * A guard.
     *
     * @param token the token, or null to trust the programs of this machine; only a digest of it is kept
     */
    AccessGuard(@Nullable String token) {
        this.tokenDigest = token == null ? null : digest(token);
    }

    /** The refusal of a request that would change state; null if it may. */
    @Nullable
    Response refusal(Caller caller) {
        byte[] expected = tokenDigest;
        return expected == null ? refuseForeign(caller) : refuseWithoutToken(expected, caller.authorization());
    }

    private static @Nullable Response refuseWithoutToken(byte[] expected, @Nullable String authorization) {
        boolean given = authorization != null
                && authorization.length() > SCHEME.length()
                && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        // Digests have one length, so that the time that the comparison takes says nothing about the token.
        if (authorization != null
                && given
                && MessageDigest.isEqual(
                        expected,
                        digest(authorization.substring(SCHEME.length()).trim()))) {
            return null;
        }
        return Response.error(
                        Response.UNAUTHORIZED,
                        given ? "the token is not this node's" : "this changes state and needs the token",
                        "send Authorization: Bearer TOKEN with the http.token, or the content of the http.tokenFile, of"
                                + " this node; where neither is configured, with the content of http.token in its dataDir")
                .with("WWW-Authenticate", "Bearer realm=\"vledger\"");
    }

    private static @Nullable Response refuseForeign(Caller caller) {
        String why = null;
        if (!isLoopback(caller.remote()) || caller.proxied()) {
            why = "this changes state, and without a token only this machine may do so";
        } else if (!isLoopback(caller.local())) {
            why = "this changes state, and without a token it is done on a loopback address only";
        } else if (!namesThisMachine(caller.host())) {
            why = "the Host header does not name this machine";
        } else if (isCrossSite(caller)) {
            why = "the request comes from a web page of another origin";
        } else if (isSimple(caller.contentType())) {
            why = "a web page could have sent this content type";
        }
        return why == null ? null : Response.error(Response.FORBIDDEN, why, HINT);
    }

    private static boolean isSimple(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        int end = contentType.indexOf(';');
        String type = end < 0 ? contentType : contentType.substring(0, end);
        return SIMPLE_TYPES.contains(type.trim().toLowerCase(Locale.ROOT));
    }

    private static boolean isCrossSite(Caller caller) {
        String site = caller.fetchSite();
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return true;
        }
        String origin = caller.origin();
        return origin != null && !origin.equalsIgnoreCase("http://" + caller.host());
    }

    private static boolean namesThisMachine(@Nullable String header) {
        if (header == null) {
            return false;
        }
        String host = header.trim().toLowerCase(Locale.ROOT);
        int port = host.startsWith("[") ? host.indexOf(']') + 1 : host.indexOf(':');
        String name = port > 0 ? host.substring(0, port) : host;
        return name.equals("localhost") || isLoopback(name.replace("[", "").replace("]", ""));
    }

    /** Whether a literal address is a loopback one; names are not looked up. */
    static boolean isLoopback(@Nullable String literal) {
        byte[] bytes = literal == null ? null : NetUtil.createByteArrayFromIpAddressString(literal);
        if (bytes == null) {
            return false;
        }
        try {
            return InetAddress.getByAddress(bytes).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
