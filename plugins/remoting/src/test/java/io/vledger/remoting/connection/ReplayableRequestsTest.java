package io.vledger.remoting.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What the next owner of a listener is shown again. */
class ReplayableRequestsTest {
    private final ReplayableRequests requests = new ReplayableRequests();

    private List<Integer> firstBytes() {
        return requests.frames().stream().map(frame -> (int) frame[0]).toList();
    }

    @Test
    void theNewestOfEachKeyIsKeptInTheOrderOfArrival() {
        requests.put("a", new byte[] {1});
        requests.put("b", new byte[] {2});
        requests.put("a", new byte[] {3});
        assertThat(firstBytes()).containsExactly(2, 3);
    }

    @Test
    void aboveTheBoundOfKeysTheOldestGoes() {
        for (int i = 0; i <= ReplayableRequests.MAX_REQUESTS; i++) {
            requests.put("key " + i, new byte[] {(byte) i});
        }
        assertThat(firstBytes())
                .hasSize(ReplayableRequests.MAX_REQUESTS)
                .startsWith(1)
                .endsWith(ReplayableRequests.MAX_REQUESTS);
    }

    @Test
    void aboveTheBoundOfBytesTheOldestGoButTheNewestStays() {
        byte[] third = new byte[ReplayableRequests.MAX_BYTES / 3];
        for (int i = 0; i < 3; i++) {
            requests.put("key " + i, third);
        }
        assertThat(requests.frames()).hasSize(3);
        requests.put("large", new byte[2 * ReplayableRequests.MAX_BYTES]);
        assertThat(requests.frames()).hasSize(1);
        requests.put("large", new byte[] {7});
        requests.put("small", new byte[] {8});
        assertThat(firstBytes()).as("what was replaced does not count any more").containsExactly(7, 8);
    }
}
