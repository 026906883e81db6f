package io.vledger.broker.access;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.access.policy.Policies;
import io.vledger.access.signature.SignedBytes;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which keys of users are in memory. */
class UserRulesTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path directory;

    private final AccessState state = new AccessState();

    @SuppressWarnings("NullAway.Init") // made before each test
    private NodeAccess access;

    @SuppressWarnings("NullAway.Init") // made before each test
    private UserRules rules;

    @BeforeEach
    void open() throws Exception {
        access = NodeAccess.of(new AccessFixture(directory).section()).load();
        rules = new UserRules("g", state, access, new SignedBytes());
    }

    private void apply(byte kind, Consumer<ByteBuf> entry) {
        ByteBuf bytes = Unpooled.buffer();
        entry.accept(bytes);
        state.apply(kind, 0, bytes.readSlice(bytes.readInt()));
    }

    private void create(String name) {
        User user = new User(name, false, true, access.requireKeys().seal("secret", UserRules.owner("g", name)));
        apply(AccessState.CREATE_USER, target -> AccessState.writeCreate(target, user, Policies.NONE));
    }

    private @Nullable String disbelief(String name) {
        return rules.disbelief(name, key -> true);
    }

    @Test
    void theKeyOfADeletedUserIsForgottenThoughNobodyAsksForItAgain() {
        create("alice");
        create("bob");
        assertThat(disbelief("alice")).isNull();
        assertThat(disbelief("bob")).isNull();
        assertThat(disbelief("nobody")).isNotNull();
        assertThat(rules.keysKept()).isEqualTo(2);
        apply(AccessState.DELETE_USER, target -> AccessState.writeDelete(target, "alice"));
        assertThat(rules.keysKept()).isEqualTo(1);
        assertThat(requireNonNull(disbelief("alice"))).contains("not found");
    }

    @Test
    void noKeyOutlivesASnapshotThatDoesNotHaveItsUser() {
        create("alice");
        ByteBuf snapshot = Unpooled.buffer();
        state.write(snapshot);
        create("bob");
        assertThat(disbelief("bob")).isNull();
        state.read(snapshot);
        assertThat(rules.keysKept()).isZero();
        assertThat(disbelief("alice")).isNull();
    }
}
