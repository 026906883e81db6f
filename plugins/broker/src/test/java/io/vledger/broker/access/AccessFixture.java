package io.vledger.broker.access;

import io.netty.buffer.ByteBufUtil;
import io.vertx.core.json.JsonObject;
import io.vledger.access.signature.SigningKey;
import io.vledger.testkit.fake.FakeRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.TreeMap;

/** A node with access control whose first user is {@code root}: its files, and requests that are signed for it. */
record AccessFixture(Path directory) {
    static final String KEY = "a key of more than thirty two characters";
    static final String ROOT = "root-password";

    /** Writes the file of keys. */
    Path key(String content) throws IOException {
        Path file = directory.resolve("access.key");
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    /** Writes accounts of ACL 1.0. */
    Path accounts(String yaml) throws IOException {
        Files.createDirectories(directory.resolve("conf"));
        return Files.writeString(directory.resolve("conf/plain_acl.yml"), yaml);
    }

    /** A configuration in which users must sign and need rights. */
    JsonObject section() throws IOException {
        return new JsonObject()
                .put("keyFile", key(KEY).toString())
                .put("authenticationEnabled", true)
                .put("authorizationEnabled", true)
                .put("firstUser", new JsonObject().put("name", "root").put("password", ROOT));
    }

    /** As {@link #section}, and accounts of ACL 1.0 become users. */
    JsonObject migrating() throws IOException {
        return section().put("migrateAuthFromV1Enabled", true).put("aclHome", directory.toString());
    }

    static FakeRequest signed(FakeRequest request, String user, String password) {
        request.with("AccessKey", user);
        TreeMap<String, String> fields = new TreeMap<>();
        request.fields().forEach(fields::put);
        return request.with("Signature", new SigningKey(password).sign(fields, ByteBufUtil.getBytes(request.body())));
    }

    static FakeRequest root(FakeRequest request) {
        return signed(request, "root", ROOT);
    }
}
