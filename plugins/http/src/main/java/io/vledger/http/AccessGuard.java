package io.vledger.http;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides who may do what: who sends the token of the role, or, where http.trustLoopback says so, every program of this machine.
 *
 * <p>A change of state is not taken in any case from where a web page or a proxy may be behind it: {@code Host} must be an address or a
 * name of this node (or a foreign name was made to point here), {@code Origin} must be this server's own, the content type none that a
 * form of a page can have, and no proxy may pass it on. A loopback address alone proves nothing, because a browser on this machine carries
 * out the wishes of foreign pages.
 */
final class AccessGuard {
    private static final String HINT =
            "send Authorization: Bearer TOKEN and Content-Type: application/json straight to this"
                    + " node, for example with curl -H 'Content-Type: application/json' http://127.0.0.1:PORT; other names of the node"
                    + " are listed in http.hostNames, and who is trusted without http.token or http.tokenFile is said by"
                    + " http.trustLoopback";
    /** What a page may have a browser send to another origin without asking it first. */
    private static final Set<String> SIMPLE_TYPES =
            Set.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data");

    private final AccessTokens tokens;
    private final Set<String> names;

    /**
     * A guard.
     *
     * @param names by which the node is called, in lower case, beside addresses and {@code localhost}; asked each time
     */
    AccessGuard(AccessTokens tokens, Set<String> names) {
        this.tokens = tokens;
        this.names = names;
    }

    /** The refusal of a request that does this; null if it may. */
    @Nullable
    Response refusal(Caller caller, Role role) {
        if (role == Role.READ && !tokens.needed(role)) {
            return null;
        }
        if (tokens.needed(role)) {
            Role has = tokens.role(caller.authorization());
            if (has == null) {
                return withoutToken(AccessTokens.given(caller.authorization()), role);
            }
            if (has.compareTo(role) < 0) {
                return Response.error(
                        Response.FORBIDDEN,
                        "this token does not allow that",
                        "send that of http.administerTokenFile for plugins, of http.token for other changes of state");
            }
            return role == Role.READ ? null : refuse(foreign(caller));
        }
        String why = notOfThisMachine(caller);
        return refuse(why == null ? foreign(caller) : why);
    }

    /** What the token of a caller allows; null if there is none, or it is nobody's. */
    @Nullable
    Role role(Caller caller) {
        return tokens.role(caller.authorization());
    }

    private static Response withoutToken(boolean given, Role role) {
        String what = role == Role.READ ? "reading needs a token here" : "this changes state and needs the token";
        return Response.error(
                        Response.UNAUTHORIZED,
                        given ? "the token is not this node's" : what,
                        "send Authorization: Bearer TOKEN with the http.token, or the content of the http.tokenFile, of"
                                + " this node; where neither is configured, with the content of http.token in its dataDir")
                .with("WWW-Authenticate", "Bearer realm=\"vledger\"");
    }

    private static @Nullable Response refuse(@Nullable String why) {
        return why == null ? null : Response.error(Response.FORBIDDEN, why, HINT);
    }

    private static @Nullable String notOfThisMachine(Caller caller) {
        if (!isLoopback(caller.remote()) || caller.proxied()) {
            return "this changes state, and without a token only this machine may do so";
        }
        if (!isLoopback(caller.local())) {
            return "this changes state, and without a token it is done on a loopback address only";
        }
        return isLoopback(name(caller.host())) || "localhost".equals(name(caller.host()))
                ? null
                : "the Host header does not name this machine";
    }

    private @Nullable String foreign(Caller caller) {
        if (caller.proxied()) {
            return "a proxy passes this request on, and changes of state are not taken from one";
        }
        if (!namesThisNode(name(caller.host()))) {
            return "the Host header does not name this machine";
        }
        if (isCrossSite(caller)) {
            return "the request comes from a web page of another origin";
        }
        return isSimple(caller.contentType()) ? "a web page could have sent this content type" : null;
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
        return origin != null
                && !origin.equalsIgnoreCase("http://" + caller.host())
                && !origin.equalsIgnoreCase("https://" + caller.host());
    }

    /** An address cannot be made to point here as a foreign name can. */
    private boolean namesThisNode(String name) {
        return name.equals("localhost")
                || names.contains(name)
                || NetUtil.createByteArrayFromIpAddressString(name) != null;
    }

    /** The host of a {@code Host} header, without port and brackets; empty if there is none. */
    private static String name(@Nullable String header) {
        if (header == null) {
            return "";
        }
        String host = header.trim().toLowerCase(Locale.ROOT);
        int port = host.startsWith("[") ? host.indexOf(']') + 1 : host.indexOf(':');
        String name = port > 0 ? host.substring(0, port) : host;
        return name.replace("[", "").replace("]", "");
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
}
