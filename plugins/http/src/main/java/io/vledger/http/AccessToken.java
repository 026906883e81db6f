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
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the token that is configured, without showing it to anybody. */
final class AccessToken {
    private static final Logger LOG = LoggerFactory.getLogger(AccessToken.class);
    private static final Pattern FORM = Pattern.compile("[!-~]{16,512}");
    private static final int MAX_FILE_BYTES = 4096;

    private AccessToken() {}

    /** The token of the plugin's configuration, or that of the file which it names. */
    static Future<Optional<String>> find(Vertx vertx, JsonObject config) {
        String token = config.getString("token", "");
        String file = config.getString("tokenFile", "");
        if (file.isEmpty()) {
            return Future.succeededFuture(token.isEmpty() ? Optional.empty() : Optional.of(token));
        }
        return vertx.executeBlocking(() -> Optional.of(read(Path.of(file))));
    }

    private static String read(Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_FILE_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new IllegalStateException("http.tokenFile = " + file + ": there is no such file; check the path", e);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "http.tokenFile = " + file + ": cannot be read (" + e.getMessage() + "); check its permissions", e);
        }
        String token = new String(bytes, StandardCharsets.UTF_8).strip();
        if (!FORM.matcher(token).matches()) {
            throw new IllegalStateException("http.tokenFile = " + file
                    + ": must hold 16 to 512 printable ASCII characters without spaces, and nothing else");
        }
        warnIfOthersRead(file);
        return token;
    }

    private static void warnIfOthersRead(Path file) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (permissions.contains(PosixFilePermission.OTHERS_READ)) {
                LOG.warn(
                        "http.tokenFile = {}: every user of this machine can read the token; chmod 600 fixes that",
                        file);
            }
        } catch (IOException | UnsupportedOperationException e) {
            LOG.debug("{}: permissions are not known: {}", file, e.toString());
        }
    }
}
