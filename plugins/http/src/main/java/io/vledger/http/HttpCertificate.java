package io.vledger.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PfxOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vledger.api.timer.AlignedTimers;
import io.vledger.api.tls.TlsSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The certificate that HTTP is served with, and its files, which are looked at every few seconds. Loop only, but for reading. */
final class HttpCertificate {
    private static final Logger LOG = LoggerFactory.getLogger(HttpCertificate.class);
    private static final long CHECK_MS = 5_000;
    private static final Set<String> PROTOCOLS = Set.of("TLSv1.3", "TLSv1.2");

    private final Vertx vertx;
    private final List<Path> files = new ArrayList<>();
    private final KeyCertOptions options;
    private List<FileTime> times = List.of();

    private HttpCertificate(Vertx vertx, TlsSettings settings) {
        this.vertx = vertx;
        Path certificate = settings.certificate();
        Path key = settings.key();
        if (certificate == null) {
            throw new IllegalArgumentException("http.tls needs tls.certificate, the certificate of this node");
        }
        files.add(certificate);
        if (key == null) {
            options = new PfxOptions().setPath(certificate.toString()).setPassword(settings.keyPassword());
        } else if (settings.keyPassword().isEmpty()) {
            files.add(key);
            options =
                    new PemKeyCertOptions().setCertPath(certificate.toString()).setKeyPath(key.toString());
        } else {
            throw new IllegalArgumentException(
                    "http.tls with tls.keyPassword needs the certificate and its key in a PKCS#12 file (.p12)");
        }
    }

    /**
     * That of the section {@code tls} of the plugin's configuration.
     *
     * @return null if there is none, so that HTTP is served in the open
     * @throws IllegalArgumentException if it cannot be honoured
     */
    static @Nullable HttpCertificate of(Vertx vertx, @Nullable JsonObject section) {
        return section == null ? null : new HttpCertificate(vertx, TlsSettings.of(section));
    }

    /** Has a server use it. */
    void configure(HttpServerOptions server) {
        server.setSsl(true).setKeyCertOptions(options).setEnabledSecureTransportProtocols(PROTOCOLS);
    }

    /** Looks at the files from now on, and has a server use what is in them when they have changed. */
    void watch(HttpServer server) {
        var unused = vertx.executeBlocking(this::read).onSuccess(read -> times = read);
        AlignedTimers.setPeriodic(vertx, CHECK_MS, () -> {
            var unusedRead = vertx.executeBlocking(this::read).onSuccess(read -> {
                if (!read.equals(times)) {
                    times = read;
                    renew(server);
                }
            });
        });
    }

    private void renew(HttpServer server) {
        ServerSSLOptions changed = new ServerSSLOptions();
        changed.setKeyCertOptions(options.copy()).setEnabledSecureTransportProtocols(PROTOCOLS);
        server.updateSSLOptions(changed, true)
                .onSuccess(done -> LOG.info("the certificate of HTTP has changed; new connections use it"))
                .onFailure(failure ->
                        LOG.warn("{}: {}; the one before stays in use", files, String.valueOf(failure.getMessage())));
    }

    private List<FileTime> read() throws IOException {
        List<FileTime> read = new ArrayList<>();
        for (Path file : files) {
            read.add(Files.getLastModifiedTime(file));
        }
        return read;
    }
}
