package io.vledger.broker.access;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is configured of access control, checked by the kernel.
 *
 * @param keyFile file with the key that the members share; null for none
 * @param mode which checks are made
 * @param home RocketMQ's home, below which their files are
 * @param plainFile name of the first of them below it
 * @param firstUser the super user that a new group begins with; null for none
 * @param innerUser as {@code firstUser}, of {@code innerClientAuthenticationCredentials}
 * @param oldUsers directory with users of an earlier RocketMQ 5, which become users once; null for none
 * @param unsigned request codes that need no signature
 * @param unchecked request codes that need no right
 */
record AccessSettings(
        @Nullable Path keyFile,
        Mode mode,
        Path home,
        String plainFile,
        @Nullable Credentials firstUser,
        @Nullable Credentials innerUser,
        @Nullable Path oldUsers,
        Set<Integer> unsigned,
        Set<Integer> unchecked) {
    /** Nothing is checked. */
    static final AccessSettings NONE = of(new JsonObject());

    /**
     * Which checks are made.
     *
     * @param plain whether accounts of ACL 1.0 count ({@code aclEnable})
     * @param authentication whether users must sign their requests ({@code authenticationEnabled})
     * @param authorization whether they need rights ({@code authorizationEnabled})
     * @param migrate whether accounts of ACL 1.0 become users
     */
    record Mode(boolean plain, boolean authentication, boolean authorization, boolean migrate) {
        /** Whether requests are looked at. */
        boolean checks() {
            return plain || authentication;
        }

        /** Whether files of ACL 1.0 are read. */
        boolean readsFiles() {
            return plain || migrate;
        }
    }

    /** A user's name and password. */
    record Credentials(String name, String password) {}

    /** Reads the section that the kernel gives to this plugin. */
    static AccessSettings of(JsonObject section) {
        String keyFile = section.getString("keyFile", "");
        String oldUsers = section.getString("oldUsers", "");
        return new AccessSettings(
                keyFile.isEmpty() ? null : Path.of(keyFile),
                new Mode(
                        section.getBoolean("aclEnable", false),
                        section.getBoolean("authenticationEnabled", false),
                        section.getBoolean("authorizationEnabled", false),
                        section.getBoolean("migrateAuthFromV1Enabled", false)),
                Path.of(section.getString("aclHome", ".")),
                section.getString("aclFile", "conf/plain_acl.yml"),
                credentials(section.getJsonObject("firstUser")),
                credentials(section.getJsonObject("innerUser")),
                oldUsers.isEmpty() ? null : Path.of(oldUsers),
                codes(section.getJsonArray("authenticationWhitelist", new JsonArray())),
                codes(section.getJsonArray("authorizationWhitelist", new JsonArray())));
    }

    private static @Nullable Credentials credentials(@Nullable JsonObject user) {
        return user == null ? null : new Credentials(user.getString("name", ""), user.getString("password", ""));
    }

    private static Set<Integer> codes(JsonArray array) {
        Set<Integer> codes = new HashSet<>();
        for (int i = 0; i < array.size(); i++) {
            codes.add(array.getInteger(i));
        }
        return Set.copyOf(codes);
    }
}
