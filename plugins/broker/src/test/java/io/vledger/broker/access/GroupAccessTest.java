package io.vledger.broker.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.testing.TestBroker;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupAccessTest {
    @TempDir
    Path directory;

    @Test
    void whereNothingIsCheckedRequestsGoStraightToTheirHandlers() throws Exception {
        try (TestBroker open = TestBroker.leader()) {
            assertThat(open.looksAtRequests()).isFalse();
        }
        NodeAccess access =
                NodeAccess.of(new AccessFixture(directory).section()).load();
        try (TestBroker guarded = TestBroker.guarded(access)) {
            assertThat(guarded.looksAtRequests()).isTrue();
        }
    }
}
