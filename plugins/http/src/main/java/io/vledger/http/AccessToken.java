package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the token that changes of state need, without showing it to anybody; makes one if none is configured. */
final class AccessToken {
    private static final Logger LOG = LoggerFactory.getLogger(AccessToken.class);
    private static final Pattern FORM = Pattern.compile("[!-~]{16,512}");
    private static final int MAX_FILE_BYTES = 4096;
    private static final int OWN_TOKEN_BYTES = 32;
    /** Name of the file in the node's data directory that holds a token which nobody configured. */
    private static final String OWN_FILE = "http.token";

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private AccessToken() {}

    /** All tokens of the plugin's configuration; see {@link #find}. */
    static Future<AccessTokens> all(Vertx vertx, JsonObject config, Path data) {
        return find(vertx, config, data)
                .compose(operate -> vertx.executeBlocking(() -> new AccessTokens(
                        ofFile(config, "readTokenFile"), operate.orElse(null), ofFile(config, "administerTokenFile"))));
    }

    private static @Nullable String ofFile(JsonObject config, String key) {
        String file = config.getString(key, "");
        return file.isEmpty() ? null : read("http." + key, Path.of(file));
    }

    /**
     * The token of the plugin's configuration, or that of the file which it names, or else that of a file of the node's own, which is
     * made at the first start and which only the user of the node can read.
     *
     * @param data the node's data directory
     * @return empty only if the configuration trusts every program of this machine
     */
    static Future<Optional<String>> find(Vertx vertx, JsonObject config, Path data) {
        String token = config.getString("token", "");
        String file = config.getString("tokenFile", "");
        if (!token.isEmpty()) {
            return Future.succeededFuture(Optional.of(token));
        }
        if (!file.isEmpty()) {
            return vertx.executeBlocking(() -> Optional.of(read("http.tokenFile", Path.of(file))));
        }
        if (config.getBoolean("trustLoopback", false)) {
            return Future.succeededFuture(Optional.empty());
        }
        return vertx.executeBlocking(() -> Optional.of(own(data.resolve(OWN_FILE))));
    }

    private static String own(Path file) {
        try {
            if (!Files.exists(file)) {
                make(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException(
                    file + ": the token for changes of state cannot be written (" + e.getMessage()
                            + "); let the node write into its data directory, or set http.tokenFile",
                    e);
        }
        return read("http.tokenFile", file);
    }

    private static void make(Path file) throws IOException {
        byte[] random = new byte[OWN_TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path fresh = file.resolveSibling(OWN_FILE + ".new");
        Files.deleteIfExists(fresh);
        if (Files.getFileStore(file.toAbsolutePath().getParent()).supportsFileAttributeView("posix")) {
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        }
        Files.writeString(fresh, Base64.getUrlEncoder().withoutPadding().encodeToString(random) + "\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        LOG.info("changes of state over HTTP need the token in {}", file);
    }

    private static String read(String key, Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_FILE_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new IllegalStateException(key + " = " + file + ": there is no such file; check the path", e);
        } catch (IOException e) {
            throw new IllegalStateException(
                    key + " = " + file + ": cannot be read (" + e.getMessage() + "); check its permissions", e);
        }
        String token = new String(bytes, StandardCharsets.UTF_8).strip();
        if (!FORM.matcher(token).matches()) {
            throw new IllegalStateException(key + " = " + file
                    + ": must hold 16 to 512 printable ASCII characters without spaces, and nothing else");
        }
        warnIfOthersRead(key, file);
        return token;
    }

    private static void warnIfOthersRead(String key, Path file) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (permissions.contains(PosixFilePermission.OTHERS_READ)) {
                LOG.warn("{} = {}: every user of this machine can read the token; chmod 600 fixes that", key, file);
            }
        } catch (IOException | UnsupportedOperationException e) {
            LOG.debug("{}: permissions are not known: {}", file, e.toString());
        }
    }
}
