package io.vledger.kernel.config;

import io.vertx.core.json.JsonObject;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.kernel.audit.AuditSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Reads the keys that protect: what cannot be honoured is refused. */
final class SecurityReader {
    private static final int LEAST_TOKEN_CHARACTERS = 16;

    private SecurityReader() {}

    /** What only the HTTP plugin receives: who may change state. */
    static JsonObject access(Section http) {
        JsonObject access = new JsonObject();
        String token = http.secret("token", LEAST_TOKEN_CHARACTERS);
        String file = http.text("tokenFile", "");
        boolean trusting = http.flag("trustLoopback");
        if (trusting && !(token + file).isEmpty()) {
            throw http.wrong("trustLoopback", true, "and a token are both there; keep one");
        }
        if (!token.isEmpty() && !file.isEmpty()) {
            throw http.wrong("tokenFile", file, "and http.token are both there; keep one");
        }
        if (!token.isEmpty()) {
            access.put("token", token);
        }
        if (!file.isEmpty()) {
            access.put("tokenFile", NodeReader.path(http, "tokenFile", file).toString());
        }
        if (trusting) {
            access.put("trustLoopback", true);
        }
        boolean deploying = http.flag("deployPlugins");
        if (deploying) {
            access.put("deployPlugins", true);
        }
        for (String key : List.of("readTokenFile", "administerTokenFile", "deployPluginsSignedBy")) {
            String named = http.text(key, "");
            if (!named.isEmpty()) {
                access.put(key, NodeReader.path(http, key, named).toString());
            }
        }
        if (access.containsKey("deployPluginsSignedBy") && !deploying) {
            throw http.wrong(
                    "deployPluginsSignedBy",
                    http.text("deployPluginsSignedBy", ""),
                    "needs " + http.shown("deployPlugins") + " = true, without which nothing is deployed over HTTP");
        }
        String names = http.text("hostNames", "");
        if (!names.isEmpty()) {
            access.put("hostNames", names);
        }
        return access;
    }

    /** Where changes of state are taken down. */
    static AuditSettings audit(Section section, Path data) {
        String file = section.text("file", "");
        return new AuditSettings(
                file.isEmpty() ? data.resolve("audit.log") : NodeReader.path(section, "file", file),
                section.number("maxFileBytes"),
                section.integer("files"),
                section.integer("refusalsPerSecond"));
    }

    /** What the plugin receives that serves clients; empty if there is no certificate and nothing else is said. */
    static JsonObject tls(Section section) {
        JsonObject tls = new JsonObject();
        for (String key : List.of("certificate", "key", "trust")) {
            String file = section.text(key, "");
            if (!file.isEmpty()) {
                tls.put(key, NodeReader.path(section, key, file).toString());
            }
        }
        String mode = section.text("mode", tls.containsKey("certificate") ? "permissive" : "disabled");
        if (!mode.equals("disabled") && !tls.containsKey("certificate")) {
            throw section.wrong(
                    "mode", mode, "needs " + section.shown("certificate") + ", the certificate of this node");
        }
        String clientAuth = section.text("clientAuth");
        if (!clientAuth.equals("none") && !tls.containsKey("trust")) {
            throw section.wrong(
                    "clientAuth",
                    clientAuth,
                    "needs " + section.shown("trust") + ", by which certificates of clients are verified");
        }
        boolean members = section.has("members") ? section.flag("members") : mode.equals("enforcing");
        String password = section.secret("keyPassword", 1);
        return mode.equals("disabled") && !members
                ? new JsonObject()
                : tls.put("mode", mode)
                        .put("clientAuth", clientAuth)
                        .put("members", members)
                        .put("keyPassword", password);
    }

    /** How members recognise each other. */
    static GroupConfig.PeerSecurity peers(Section section) {
        String file = section.text("secretFile", "");
        String mode = section.text("mode", file.isEmpty() ? "off" : "required");
        boolean off = mode.equals("off");
        if (off != file.isEmpty()) {
            throw section.wrong(
                    "mode",
                    mode,
                    off
                            ? "contradicts " + section.shown("secretFile") + "; remove one of the two"
                            : "needs " + section.shown("secretFile")
                                    + ", a file with the secret that the members share");
        }
        return new GroupConfig.PeerSecurity(GroupConfig.PeerSecurity.Mode.valueOf(mode.toUpperCase(Locale.ROOT)), file);
    }
}
