package io.vledger.testkit;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;

/** A certificate authority for tests, and the files of the certificates that it signs. */
public final class Certificates {
    /** Password of the PKCS#12 stores. */
    public static final String PASSWORD = "changeit";

    private static final Duration LIFE = Duration.ofDays(1);

    private final Path directory;
    private final X509Bundle authority;

    /**
     * The files of one certificate.
     *
     * @param store PKCS#12 with certificate and key
     * @param certificate chain in PEM
     * @param key PKCS#8 in PEM, not encrypted
     */
    public record CertificateFiles(Path store, Path certificate, Path key) {}

    /** An authority whose files, and those of its certificates, go into a directory. */
    public Certificates(Path directory, String name) {
        this.directory = directory;
        Instant now = Instant.now();
        try {
            authority = new CertificateBuilder()
                    .ecp256()
                    .subject("CN=" + name)
                    .notBefore(now.minus(LIFE.multipliedBy(30)))
                    .notAfter(now.plus(LIFE))
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The authority's own certificate in PEM: by it the others are verified. */
    public Path authority() {
        return write("authority-" + Integer.toHexString(authority.hashCode()) + ".pem", authority.getCertificatePEM());
    }

    /** A certificate for loopback addresses that is valid for a day from now on. */
    public CertificateFiles valid(String name) {
        Instant now = Instant.now();
        return make(name, now.minus(LIFE), now.plus(LIFE));
    }

    /** A certificate whose time is over. */
    public CertificateFiles expired(String name) {
        Instant now = Instant.now();
        return make(name, now.minus(LIFE.multipliedBy(3)), now.minus(LIFE));
    }

    private CertificateFiles make(String name, Instant from, Instant until) {
        try {
            X509Bundle made = new CertificateBuilder()
                    .ecp256()
                    .subject("CN=" + name)
                    .addSanDnsName("localhost")
                    .addSanIpAddress("127.0.0.1")
                    .notBefore(from)
                    .notAfter(until)
                    .buildIssuedBy(authority);
            return new CertificateFiles(
                    store(name, made),
                    write(name + ".pem", made.getCertificatePathPEM()),
                    write(name + ".key", made.getPrivateKeyPEM()));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Path store(String name, X509Bundle made) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry(name, made.getKeyPair().getPrivate(), PASSWORD.toCharArray(), made.getCertificatePath());
        Path file = directory.resolve(name + ".p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            keys.store(out, PASSWORD.toCharArray());
        }
        return file;
    }

    private Path write(String name, String text) {
        try {
            return Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
