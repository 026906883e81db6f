package io.vledger.raft.driver.wire;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import io.vledger.api.net.HostPort;
import io.vledger.api.plugin.GroupConfig.PeerSecurity;
import io.vledger.api.tls.TlsContexts;
import io.vledger.api.tls.TlsDetector;
import java.io.IOException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * TLS between the members of a group, with certificates of both sides. A certificate that {@code tls.trust} verifies is a member's if it
 * names it: by its node id (common name or DNS name), or by the host of its Raft address where no other member has the same. While
 * a running group is changed over, a connection without TLS is taken, and opened where the other side does not know TLS. For the
 * group's loop.
 */
final class PeerTls {
    private static final int HANDSHAKE_MS = 5_000;
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    private final TlsContexts contexts;
    private final PeerSecurity.Mode mode;
    /** By which names each member is known. */
    private final Map<String, Set<String>> names = new HashMap<>();
    /** Members with which the last handshake failed, and to which the next connection is opened without. */
    private final Set<String> plainNext = new HashSet<>();

    /** @param addresses Raft address of each member */
    PeerTls(TlsContexts contexts, PeerSecurity.Mode mode, Map<String, String> addresses) {
        this.contexts = contexts;
        this.mode = mode;
        Map<String, Integer> hosts = new HashMap<>();
        addresses.values().forEach(address -> hosts.merge(host(address), 1, Integer::sum));
        addresses.forEach((member, address) -> {
            String host = host(address);
            Set<String> known = new HashSet<>(Set.of(member.toLowerCase(Locale.ROOT)));
            if (hosts.getOrDefault(host, 0) == 1) {
                known.add(host.toLowerCase(Locale.ROOT));
            }
            names.put(member, known);
        });
    }

    /** The host of an address, which has no port in a group of one. */
    private static String host(String address) {
        HostPort parsed = HostPort.parse(address);
        return parsed == null ? "" : parsed.host();
    }

    private boolean off() {
        return mode == PeerSecurity.Mode.OFF;
    }

    /** How long the first bytes of a connection may take. */
    int patienceMs(int withoutTls) {
        return off() ? withoutTls : Math.max(withoutTls, HANDSHAKE_MS);
    }

    /**
     * Looks at the first byte of an accepted connection.
     *
     * @param refused hears why the connection is closed
     */
    void accept(NetSocket socket, Consumer<String> refused) {
        if (!off()) {
            channel(socket)
                    .pipeline()
                    .addFirst("tls-detector", new TlsDetector(contexts, mode == PeerSecurity.Mode.REQUIRED, refused));
        }
    }

    /** Encrypts a connection to a member and verifies that it is that one. */
    Future<NetSocket> dial(String member, NetSocket socket) {
        SslContext context = contexts.member();
        if (off() || context == null || (plainNext.remove(member) && mode == PeerSecurity.Mode.PERMISSIVE)) {
            return Future.succeededFuture(socket);
        }
        ChannelHandlerContext channel = channel(socket);
        SslHandler handler = context.newHandler(channel.alloc());
        handler.setHandshakeTimeoutMillis(HANDSHAKE_MS);
        Promise<NetSocket> done = Promise.promise();
        handler.handshakeFuture().addListener(shaken -> {
            if (shaken.isSuccess() && named(handler, member)) {
                done.complete(socket);
                return;
            }
            socket.close();
            plainNext.add(member);
            done.fail(new IOException(
                    shaken.isSuccess()
                            ? "its certificate does not name node " + member
                            : "TLS: " + PeerDialer.message(shaken.cause())));
        });
        channel.pipeline().addFirst("tls", handler);
        return done.future();
    }

    /**
     * Checks what the other side of an accepted connection says it is.
     *
     * @param member the node; null if it says no name, and may be any member
     */
    void verify(NetSocket socket, @Nullable String member) throws PeerCodec.BadFrame {
        SslHandler handler = channel(socket).pipeline().get(SslHandler.class);
        if (handler == null) {
            return; // without TLS, which the detector has let pass
        }
        boolean known = member == null
                ? names.keySet().stream().anyMatch(each -> named(handler, each))
                : named(handler, member);
        if (!known) {
            throw new PeerCodec.BadFrame(
                    member == null
                            ? "its certificate names no member of this group"
                            : "it says it is node " + member + ", and its certificate does not name that");
        }
    }

    private boolean named(SslHandler handler, String member) {
        Set<String> known = names.getOrDefault(member, Set.of());
        try {
            return handler.engine().getSession().getPeerCertificates()[0] instanceof X509Certificate certificate
                    && namesOf(certificate).stream().anyMatch(known::contains);
        } catch (SSLPeerUnverifiedException | CertificateParsingException | InvalidNameException e) {
            return false;
        }
    }

    private static Set<String> namesOf(X509Certificate certificate)
            throws CertificateParsingException, InvalidNameException {
        Set<String> found = new HashSet<>();
        new LdapName(certificate.getSubjectX500Principal().getName())
                .getRdns().stream()
                        .filter(part -> part.getType().equalsIgnoreCase("CN"))
                        .forEach(part ->
                                found.add(String.valueOf(part.getValue()).toLowerCase(Locale.ROOT)));
        Collection<List<?>> others = certificate.getSubjectAlternativeNames();
        if (others != null) {
            for (List<?> other : others) {
                if (other.get(0) instanceof Integer type && (type == DNS_NAME || type == IP_ADDRESS)) {
                    found.add(String.valueOf(other.get(1)).toLowerCase(Locale.ROOT));
                }
            }
        }
        return found;
    }

    private static ChannelHandlerContext channel(NetSocket socket) {
        return ((NetSocketInternal) socket).channelHandlerContext();
    }
}
