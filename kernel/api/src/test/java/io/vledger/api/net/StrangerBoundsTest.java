package io.vledger.api.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

/** What one address may have. */
class StrangerBoundsTest {
    private static InetAddress address(String literal) throws Exception {
        return InetAddress.getByName(literal);
    }

    @Test
    void anAddressHasAsManyAsItMayAndOthersAreNotConcerned() throws Exception {
        AddressCounts counts = new AddressCounts(2);
        assertThat(counts.add(address("10.0.0.1"))).isTrue();
        assertThat(counts.add(address("10.0.0.1"))).isTrue();
        assertThat(counts.add(address("10.0.0.1"))).isFalse();
        assertThat(counts.add(address("10.0.0.2"))).isTrue();
        counts.remove(address("10.0.0.1"));
        assertThat(counts.add(address("10.0.0.1"))).isTrue();
        counts.remove(address("10.0.0.1"));
        counts.remove(address("10.0.0.1"));
        counts.remove(address("10.0.0.2"));
        assertThat(counts.addresses()).isZero();
    }

    @Test
    void anIpv6NetworkIsOneAddress() throws Exception {
        AddressCounts counts = new AddressCounts(1);
        assertThat(counts.add(address("2001:db8:0:1::1"))).isTrue();
        assertThat(counts.add(address("2001:db8:0:1::2"))).isFalse();
        assertThat(counts.add(address("2001:db8:0:2::1"))).isTrue();
    }

    @Test
    void someFailuresAreFreeAndFurtherOnesWait() throws Exception {
        FailureDelays delays = new FailureDelays();
        InetAddress guesser = address("10.0.0.1");
        for (int i = 0; i <= 20; i++) {
            assertThat(delays.failed(guesser, 1_000)).isZero();
        }
        assertThat(delays.failed(guesser, 1_000)).isEqualTo(250);
        assertThat(delays.failed(guesser, 1_000)).isEqualTo(500);
        assertThat(delays.failed(address("10.0.0.2"), 1_000)).isZero();
        int answered = 0;
        while (delays.failed(guesser, 1_000) != FailureDelays.CLOSE) {
            answered++;
        }
        assertThat(answered).isEqualTo(18);
        assertThat(delays.failed(guesser, 60_000)).isZero();
    }

    @Test
    void manyAddressesAreBoundedInMemory() throws Exception {
        FailureDelays delays = new FailureDelays();
        long slowed = 0;
        for (int i = 0; i < 20_000; i++) {
            slowed += delays.failed(address("10." + (i >> 16) + "." + ((i >> 8) & 255) + "." + (i & 255)), 1) == 0
                    ? 0
                    : 1;
        }
        assertThat(slowed).isGreaterThan(9_000);
    }
}
