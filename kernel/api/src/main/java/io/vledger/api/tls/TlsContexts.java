package io.vledger.api.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vledger.api.timer.AlignedTimers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates of this moment. Their files are looked at every few seconds; what has changed is used for new connections, and what
 * cannot be read leaves in use what was read before. Any thread.
 */
public final class TlsContexts {
    private static final Logger LOG = LoggerFactory.getLogger(TlsContexts.class);
    private static final int CHECK_MS = 5_000;
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private final Vertx vertx;
    private final TlsSettings settings;
    private final List<String> applicationProtocols;
    private volatile @Nullable Loaded loaded;
    private volatile long timer = -1;

    /**
     * What was read from the files.
     *
     * @param server for connections that are accepted; null if TLS is disabled
     * @param member for connections to other members; null if they are not encrypted
     */
    private record Loaded(@Nullable SslContext server, @Nullable SslContext member, List<FileTime> times) {}

    /** Nothing is read yet. */
    public TlsContexts(Vertx vertx, TlsSettings settings) {
        this(vertx, settings, List.of());
    }

    /**
     * Nothing is read yet.
     *
     * @param applicationProtocols what may be negotiated on connections that are accepted (ALPN); empty for nothing
     */
    public TlsContexts(Vertx vertx, TlsSettings settings, List<String> applicationProtocols) {
        this.applicationProtocols = List.copyOf(applicationProtocols);
        this.vertx = vertx;
        this.settings = settings;
    }

    /** What is configured. */
    public TlsSettings settings() {
        return settings;
    }

    /**
     * Reads the files, and watches them from then on.
     *
     * @return fails with a message that names the key, the file and what is wrong with it
     */
    public Future<Void> load() {
        if (settings.certificate() == null && !settings.members()) {
            return Future.succeededFuture();
        }
        return vertx.executeBlocking(this::read).map(read -> {
            loaded = read;
            timer = AlignedTimers.setPeriodic(vertx, CHECK_MS, () -> {
                var unused = reload();
            });
            return null;
        });
    }

    /** Looks at the files again. Whether what they hold is in use now. */
    public Future<Boolean> reload() {
        return vertx.executeBlocking(() -> {
            Loaded before = loaded;
            try {
                if (before != null && before.times().equals(times())) {
                    return true;
                }
                loaded = read();
                LOG.info("the certificates of TLS have changed; new connections use them");
                return true;
            } catch (IllegalStateException | IOException unusable) {
                LOG.warn("{}; the certificates that were read before stay in use", unusable.getMessage());
                return false;
            }
        });
    }

    /** Watches no more. */
    public void close() {
        vertx.cancelTimer(timer);
    }

    /** For connections that are accepted; null if TLS is disabled. */
    @Nullable
    SslContext server() {
        Loaded now = loaded;
        return now == null ? null : now.server();
    }

    /** For connections to other members; null if they are not encrypted. */
    public @Nullable SslContext member() {
        Loaded now = loaded;
        return now == null ? null : now.member();
    }

    private List<FileTime> times() throws IOException {
        List<FileTime> times = new ArrayList<>();
        for (Path file : Stream.of(settings.certificate(), settings.key(), settings.trust())
                .filter(Objects::nonNull)
                .toList()) {
            times.add(Files.getLastModifiedTime(file));
        }
        return times;
    }

    private Loaded read() {
        try {
            List<FileTime> times = times();
            SslContext server = settings.mode() == TlsSettings.Mode.DISABLED ? null : serverContext();
            return new Loaded(server, settings.members() ? memberContext() : null, times);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException failure) {
            throw new IllegalStateException(
                    "tls.certificate = " + settings.certificate() + ", tls.key = " + settings.key() + ", tls.trust = "
                            + settings.trust() + ": cannot be used: " + reason(failure),
                    failure);
        }
    }

    /** The innermost cause says what is wrong with which file. */
    private static String reason(Throwable failure) {
        Throwable inner = failure;
        while (inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner.getMessage() == null ? inner.toString() : inner.getMessage();
    }

    private SslContext serverContext() throws IOException, GeneralSecurityException {
        Path certificate = Objects.requireNonNull(settings.certificate());
        Path key = settings.key();
        String password = settings.keyPassword().isEmpty() ? null : settings.keyPassword();
        SslContextBuilder builder;
        if (key == null) {
            builder = SslContextBuilder.forServer(keys(certificate));
        } else {
            try (InputStream chain = Files.newInputStream(certificate);
                    InputStream secret = Files.newInputStream(key)) {
                builder = SslContextBuilder.forServer(chain, secret, password);
            }
        }
        Path trust = settings.trust();
        if (trust != null) {
            builder.trustManager(trust.toFile());
        }
        builder.clientAuth(
                switch (settings.clientAuth()) {
                    case NONE -> io.netty.handler.ssl.ClientAuth.NONE;
                    case OPTIONAL -> io.netty.handler.ssl.ClientAuth.OPTIONAL;
                    case REQUIRE -> io.netty.handler.ssl.ClientAuth.REQUIRE;
                });
        if (!applicationProtocols.isEmpty()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    applicationProtocols));
        }
        return builder.protocols(PROTOCOLS).build();
    }

    /** Shows this node's certificate, and verifies the other member by the trusted ones, or by this node's own if there are none. */
    private SslContext memberContext() throws IOException, GeneralSecurityException {
        SslContextBuilder builder = SslContextBuilder.forClient();
        Path certificate = settings.certificate();
        Path key = settings.key();
        if (certificate != null && key == null) {
            builder.keyManager(keys(certificate));
        } else if (certificate != null) {
            try (InputStream chain = Files.newInputStream(certificate);
                    InputStream secret = Files.newInputStream(key)) {
                builder.keyManager(chain, secret, settings.keyPassword().isEmpty() ? null : settings.keyPassword());
            }
        }
        Path trust = settings.trust() != null ? settings.trust() : certificate;
        if (trust == null || TlsSettings.isStore(trust)) {
            throw new IllegalArgumentException("tls.members needs tls.trust, a PEM file");
        }
        // Members are given addresses, which certificates of a private authority rarely name.
        return builder.trustManager(trust.toFile())
                .endpointIdentificationAlgorithm(null)
                .protocols(PROTOCOLS)
                .build();
    }

    private KeyManagerFactory keys(Path store) throws IOException, GeneralSecurityException {
        char[] password = settings.keyPassword().toCharArray();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, password);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, password);
        return factory;
    }
}
