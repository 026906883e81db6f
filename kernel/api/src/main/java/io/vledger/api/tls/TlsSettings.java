package io.vledger.api.tls;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the ports of this node use TLS.
 *
 * @param mode who must use it
 * @param certificate chain of this node in PEM, or a PKCS#12 file with chain and key; null if the mode is {@link Mode#DISABLED}
 * @param key private key in PEM (PKCS#8); null if {@code certificate} is PKCS#12
 * @param keyPassword of the key, or of the PKCS#12 file; empty for none
 * @param trust certificates in PEM by which clients, and other members, are verified; null for none
 * @param clientAuth whether clients must show a certificate
 * @param members whether this node uses TLS for what it sends to other members' client ports
 */
public record TlsSettings(
        Mode mode,
        @Nullable Path certificate,
        @Nullable Path key,
        String keyPassword,
        @Nullable Path trust,
        ClientAuth clientAuth,
        boolean members) {
    /** No TLS. */
    public static final TlsSettings NONE = new TlsSettings(Mode.DISABLED, null, null, "", null, ClientAuth.NONE, false);

    private static final Set<String> KEYS =
            Set.of("mode", "certificate", "key", "keyPassword", "trust", "clientAuth", "members");

    /** Who must use TLS, as RocketMQ's {@code tls.server.mode}. */
    public enum Mode {
        /** Nobody: a connection that begins with TLS is closed. */
        DISABLED,
        /** Who wants. */
        PERMISSIVE,
        /** Everybody: a connection that begins without TLS is closed. */
        ENFORCING
    }

    /** Whether clients must show a certificate, as RocketMQ's {@code tls.server.need.client.auth}. */
    public enum ClientAuth {
        /** They are not asked. */
        NONE,
        /** They are asked, and one that shows none is served. */
        OPTIONAL,
        /** One that shows none is refused. */
        REQUIRE
    }

    /** Refuses what cannot be honoured. */
    public TlsSettings {
        if (mode != Mode.DISABLED && certificate == null) {
            throw new IllegalArgumentException("tls.mode = " + mode.name().toLowerCase(Locale.ROOT)
                    + " needs tls.certificate, the certificate of this node");
        }
        if (certificate != null && key == null && !isStore(certificate)) {
            throw new IllegalArgumentException(
                    "tls.certificate = " + certificate + " needs tls.key, its private key, unless it is a .p12 file");
        }
        if (clientAuth != ClientAuth.NONE && trust == null) {
            throw new IllegalArgumentException("tls.clientAuth = "
                    + clientAuth.name().toLowerCase(Locale.ROOT)
                    + " needs tls.trust, the certificates that clients' certificates are verified by");
        }
    }

    /** Whether a file is a PKCS#12 store, by its name. */
    static boolean isStore(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".p12") || name.endsWith(".pfx");
    }

    /**
     * Reads the section {@code tls} of the plugin's configuration.
     *
     * @throws IllegalArgumentException naming the key that is wrong
     */
    public static TlsSettings of(@Nullable JsonObject section) {
        if (section == null || section.isEmpty()) {
            return NONE;
        }
        for (String key : section.fieldNames()) {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException("unknown key tls." + key);
            }
        }
        Path certificate = path(section, "certificate");
        Mode mode = choice(section, "mode", Mode.class, certificate == null ? Mode.DISABLED : Mode.PERMISSIVE);
        return new TlsSettings(
                mode,
                certificate,
                path(section, "key"),
                section.getString("keyPassword", ""),
                path(section, "trust"),
                choice(section, "clientAuth", ClientAuth.class, ClientAuth.NONE),
                section.getBoolean("members", mode == Mode.ENFORCING));
    }

    private static @Nullable Path path(JsonObject section, String key) {
        String text = section.getString(key, "");
        return text.isEmpty() ? null : Path.of(text);
    }

    private static <E extends Enum<E>> E choice(JsonObject section, String key, Class<E> type, E otherwise) {
        String text = section.getString(key, "");
        for (E each : type.getEnumConstants()) {
            if (each.name().equalsIgnoreCase(text)) {
                return each;
            }
        }
        if (!text.isEmpty()) {
            throw new IllegalArgumentException(
                    "tls." + key + " = " + text + ": must be one of " + Set.of(type.getEnumConstants()));
        }
        return otherwise;
    }
}
