package io.vledger.broker.access;

import static io.vledger.broker.access.AccessFixture.signed;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.testing.TestBroker;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users that a leader creates by itself. */
class FirstUsersTest {
    @TempDir
    Path directory;

    private AccessFixture fixture() {
        return new AccessFixture(directory);
    }

    @Test
    void accountsOfAcl1BecomeUsersWhereThatIsAskedFor() throws Exception {
        fixture()
                .accounts(
                        """
                accounts:
                - {accessKey: account1, secretKey: secret01, topicPerms: [t=PUB]}
                - {accessKey: admin001, secretKey: secret01, admin: true}
                """);
        try (TestBroker broker =
                TestBroker.guarded(NodeAccess.of(fixture().migrating()).load())) {
            broker.topic("t", 1);
            assertThat(broker.call(signed(broker.send("t", 0, "x"), "account1", "secret01"))
                            .replyCode())
                    .isZero();
            assertThat(broker.call(signed(broker.pull("t", 0, 0), "account1", "secret01"))
                            .replyCode())
                    .isEqualTo(16);
            assertThat(broker.call(signed(broker.pull("t", 0, 0), "admin001", "secret01"))
                            .replyCode())
                    .isNotEqualTo(16);
        }
    }
}
