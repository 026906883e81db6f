package io.vledger.kernel.config;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.kernel.audit.AuditSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the keys that protect: what cannot be honoured is refused. */
final class SecurityReader {
    private static final int LEAST_TOKEN_CHARACTERS = 16;

    private SecurityReader() {}

    /** What only the HTTP plugin receives: who may change state. */
    static JsonObject access(Section http, Section tls) {
        JsonObject access = new JsonObject();
        if (http.flag("tls")) {
            if (tls.text("certificate", "").isEmpty()) {
                throw http.wrong("tls", true, "needs " + tls.shown("certificate") + ", the certificate of this node");
            }
            access.put("tls", certificates(tls));
        }
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

    /** Where changes of state are recorded. */
    static AuditSettings audit(Section section, Path data) {
        String file = section.text("file", "");
        return new AuditSettings(
                file.isEmpty() ? data.resolve("audit.log") : NodeReader.path(section, "file", file),
                section.number("maxFileBytes"),
                section.integer("files"),
                section.integer("refusalsPerSecond"));
    }

    /** What the plugin receives that serves clients. */
    static JsonObject clients(Section root) {
        JsonObject clients = new JsonObject();
        boolean betweenMembers = root.children("groups").stream()
                .allMatch(group -> group.child("peerSecurity").text("tls").equals("required"));
        JsonObject tls = tls(root.child("tls"), betweenMembers);
        if (!tls.isEmpty()) {
            clients.put("tls", tls);
        }
        String proxies = root.text("proxyProtocolFrom", "");
        if (!proxies.isEmpty()) {
            clients.put(
                    "proxyProtocolFrom", new JsonArray(List.of(proxies.strip().split("[,; ]+"))));
        }
        return clients;
    }

    /**
     * How the ports of clients use TLS; empty if there is no certificate and nothing else is said.
     *
     * @param betweenMembers whether members use TLS for everything else, so that they do for what they relay
     */
    static JsonObject tls(Section section, boolean betweenMembers) {
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
        boolean members = section.has("members")
                ? section.flag("members")
                : mode.equals("enforcing") || (betweenMembers && !mode.equals("disabled"));
        String password = section.secret("keyPassword", 1);
        return mode.equals("disabled") && !members
                ? new JsonObject()
                : tls.put("mode", mode)
                        .put("clientAuth", clientAuth)
                        .put("members", members)
                        .put("keyPassword", password);
    }

    /**
     * What only the broker's plugin receives: who may send requests. Empty if nothing is said.
     *
     * @param file the configuration file
     */
    static JsonObject accessControl(Section section, String file, List<GroupConfig> groups) {
        boolean plain = section.flag("aclEnable");
        boolean authentication = section.flag("authenticationEnabled");
        boolean authorization = section.flag("authorizationEnabled");
        boolean migrate = section.flag("migrateAuthFromV1Enabled");
        if (plain && authentication) {
            throw section.wrong(
                    "aclEnable",
                    true,
                    "and " + section.shown("authenticationEnabled")
                            + " are both there, and a request is looked at once;" + " keep one, "
                            + section.shown("migrateAuthFromV1Enabled") + "=true takes accounts over");
        }
        if (authorization && !authentication) {
            throw section.wrong(
                    "authorizationEnabled",
                    true,
                    "needs " + section.shown("authenticationEnabled")
                            + "=true; otherwise everybody may say that he is anybody");
        }
        String keyFile = keyFile(section, groups);
        boolean relays = groups.stream()
                .anyMatch(group -> group.peers().size() > 1 && group.broker().forwarding());
        JsonObject first = user(section, "initAuthenticationUser", "username", "password");
        JsonObject inner = user(section, "innerClientAuthenticationCredentials", "accessKey", "secretKey");
        String oldUsers = oldUsers(section);
        boolean needsKey = authentication
                || migrate
                || !oldUsers.isEmpty()
                || !first.isEmpty()
                || !inner.isEmpty()
                || (plain && relays);
        if (needsKey && keyFile.isEmpty()) {
            throw section.wrong(
                    "keyFile",
                    "(absent)",
                    "access control needs a key that the members share; write the same 32 characters or more into a file of"
                            + " mode 600 on every member, for example from openssl rand -base64 48, and name it here");
        }
        JsonObject access = new JsonObject();
        if (keyFile.isEmpty() && !plain) {
            return access;
        }
        return access.put("keyFile", keyFile)
                .put("aclEnable", plain)
                .put("aclHome", aclHome(section, file))
                .put("aclFile", System.getProperty("rocketmq.acl.plain.file", "conf/plain_acl.yml"))
                .put("authenticationEnabled", authentication)
                .put("authorizationEnabled", authorization)
                .put("migrateAuthFromV1Enabled", migrate)
                .put("firstUser", first.isEmpty() ? null : first)
                .put("innerUser", inner.isEmpty() ? null : inner)
                .put("oldUsers", oldUsers)
                .put("authenticationWhitelist", codes(section, "authenticationWhitelist"))
                .put("authorizationWhitelist", codes(section, "authorizationWhitelist"));
    }

    private static String oldUsers(Section section) {
        String given = section.text("oldUsers", "");
        if (given.isEmpty()) {
            return "";
        }
        Path directory = NodeReader.path(section, "oldUsers", given);
        if (!Files.isRegularFile(directory.resolve("users").resolve("CURRENT"))) {
            throw section.wrong(
                    "oldUsers",
                    directory,
                    "has no database of users; name the directory config in the earlier broker's store, or leave the key out once"
                            + " its users were taken over");
        }
        return directory.toString();
    }

    private static String keyFile(Section section, List<GroupConfig> groups) {
        String given = section.text("keyFile", "");
        if (!given.isEmpty()) {
            return NodeReader.path(section, "keyFile", given).toString();
        }
        Set<String> secrets =
                groups.stream().map(group -> group.peerSecurity().secretFile()).collect(Collectors.toSet());
        return secrets.size() == 1 ? secrets.iterator().next() : "";
    }

    private static String aclHome(Section section, String file) {
        String given = section.text("aclHome", "");
        if (given.isEmpty()) {
            given = System.getProperty("rocketmq.home.dir", "");
        }
        if (given.isEmpty()) {
            given = Objects.requireNonNullElse(System.getenv("ROCKETMQ_HOME"), "");
        }
        if (given.isEmpty()) {
            Path above = Path.of(file).toAbsolutePath().normalize().getParent();
            Path home = above == null ? null : above.getParent();
            given = home == null ? "." : home.toString();
        }
        return NodeReader.path(section, "aclHome", given).toString();
    }

    private static JsonObject user(Section section, String key, String name, String password) {
        String text = section.hidden(key);
        if (text.isEmpty()) {
            return new JsonObject();
        }
        try {
            JsonObject given = new JsonObject(text);
            String user = given.getString(name, "");
            String secret = given.getString(password, "");
            if (!user.isBlank() && !secret.isBlank()) {
                return new JsonObject().put("name", user).put("password", secret);
            }
        } catch (DecodeException | ClassCastException unreadable) {
            // as for one that lacks something
        }
        throw section.wrong(
                key,
                "(not shown)",
                "must be JSON with " + name + " and " + password + ", such as {\"" + name + "\":\"admin\",\"" + password
                        + "\":\"...\"}");
    }

    private static JsonArray codes(Section section, String key) {
        String text = section.text(key, "");
        JsonArray codes = new JsonArray();
        for (String code : text.isEmpty() ? new String[0] : text.split(",")) {
            if (!code.strip().matches("\\d{1,6}")) {
                throw section.wrong(key, text, "must be request codes with commas between, such as 34,105");
            }
            codes.add(Integer.parseInt(code.strip()));
        }
        return codes;
    }

    /** How members recognise each other. */
    static GroupConfig.PeerSecurity peers(Section section, Section tls) {
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
        String encryption = section.text("tls");
        for (String key : List.of("certificate", "trust")) {
            if (!encryption.equals("off") && tls.text(key, "").isEmpty()) {
                throw section.wrong(
                        "tls",
                        encryption,
                        "needs " + tls.shown(key) + ": members show each other certificates, and verify them");
            }
        }
        return new GroupConfig.PeerSecurity(peerMode(mode), file, peerMode(encryption));
    }

    private static GroupConfig.PeerSecurity.Mode peerMode(String word) {
        return GroupConfig.PeerSecurity.Mode.valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** The certificates that members of groups show each other; empty if no group uses TLS between members. */
    static JsonObject peerCertificates(Section section, List<GroupConfig> groups) {
        if (groups.stream().allMatch(group -> group.peerSecurity().tls() == GroupConfig.PeerSecurity.Mode.OFF)) {
            return new JsonObject();
        }
        return new JsonObject()
                .put("tls", certificates(section).put("clientAuth", "require").put("members", true));
    }

    private static JsonObject certificates(Section section) {
        JsonObject tls = new JsonObject().put("mode", "enforcing").put("keyPassword", section.secret("keyPassword", 1));
        for (String key : List.of("certificate", "key", "trust")) {
            String file = section.text(key, "");
            if (!file.isEmpty()) {
                tls.put(key, NodeReader.path(section, key, file).toString());
            }
        }
        return tls;
    }
}
