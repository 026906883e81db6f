package io.vledger.api.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
    @ParameterizedTest
    @CsvSource({
        "localhost:1, localhost, 1",
        "' 10.0.0.1:65535 ', 10.0.0.1, 65535",
        "broker_0.group.svc.:10911, broker_0.group.svc., 10911",
        "[::1]:9876, ::1, 9876",
        "[2001:db8::1]:40911, 2001:db8::1, 40911",
        "[fe80::1%eth0]:1, fe80::1%eth0, 1",
        "[::ffff:10.0.0.1]:80, ::ffff:10.0.0.1, 80"
    })
    void anAddressIsReadAndWritten(String text, String host, int port) {
        HostPort address = HostPort.parse(text);
        assertThat(address).isEqualTo(new HostPort(host, port));
        assertThat(HostPort.of(text)).isEqualTo(address);
        assertThat(address).hasToString(text.trim());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "host",
                "host:",
                ":1",
                "host:0",
                "host:65536",
                "host:-1",
                "host:+1",
                "host:1x",
                "host:٣",
                "host:99999999999",
                "[]:1",
                "[host]:1",
                "[::1:1",
                "[::1]",
                "[[::1]]:1",
                "256.1.1.1:1",
                "1.2.3:1",
                "a..b:1",
                "-a:1",
                "a b:1",
                "http://h:1"
            })
    void whatIsNoAddressIsRefusedWithTheTextAndWhatIsExpected(String text) {
        assertThat(HostPort.parse(text)).isNull();
        assertThat(HostPort.parseAnnounced(text)).isNull();
        assertThatThrownBy(() -> HostPort.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("\"" + text + "\" is no address; it must be host:port or [IPv6 address]:port with a port"
                        + " from 1 to 65535");
    }

    @Test
    void anIpv6AddressWithoutBracketsIsReadOnlyFromOtherNodes() {
        assertThat(HostPort.parse("2001:db8::1:9876")).isNull();
        assertThat(HostPort.parseAnnounced("2001:db8::1:9876")).isEqualTo(new HostPort("2001:db8::1", 9876));
        assertThat(HostPort.of("::1:9876")).hasToString("[::1]:9876");
        assertThat(HostPort.parseAnnounced("a:b:1")).isNull();
    }

    @Test
    void anEndlessTextIsNotQuotedInFull() {
        String endless = "a".repeat(100_000) + ":1";
        assertThat(HostPort.parse(endless)).isNull();
        assertThatThrownBy(() -> HostPort.of(endless))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(500));
    }

    @Test
    void aPortOutOfBoundsIsNone() {
        assertThat(new HostPort("h", 0)).hasToString("h:0");
        assertThatThrownBy(() -> new HostPort("h", -1)).hasMessageContaining("there is no port -1");
        assertThatThrownBy(() -> new HostPort("h", 65_536)).hasMessageContaining("use one from 1 to 65535");
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, localhost",
        "127.0.0.5, 127.0.0.5",
        "::1, ::1",
        "10.0.0.1, 0.0.0.0",
        "broker, 0.0.0.0",
        "2001:db8::1, ::"
    })
    void aListenerBindsLoopbackAsItIsAndEverythingElseEverywhere(String host, String bindHost) {
        assertThat(new HostPort(host, 1).defaultBindHost()).isEqualTo(bindHost);
    }

    @Test
    void listenersClashOnOnePortOfOneAddress() {
        HostPort one = new HostPort("10.0.0.1", 1);
        assertThat(one.clashesWith(one)).isTrue();
        assertThat(one.clashesWith(new HostPort("10.0.0.1", 2))).isFalse();
        assertThat(one.clashesWith(new HostPort("10.0.0.2", 1))).isFalse();
        assertThat(one.clashesWith(new HostPort("0.0.0.0", 1))).isTrue();
        assertThat(new HostPort("::", 1).clashesWith(one)).isTrue();
        assertThat(new HostPort("::", 1).isAnyAddress()).isTrue();
        assertThat(one.isAnyAddress()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"h, h", "10.0.0.1, 10.0.0.1", "::1, ::1", "[::1], ::1", "[fe80::1%eth0], fe80::1%eth0"})
    void aHostAloneIsReadWithOrWithoutBrackets(String text, String host) {
        assertThat(HostPort.parseHost(text)).isEqualTo(host);
    }

    @ParameterizedTest
    @ValueSource(strings = {"h:1", "10.0.0.1:1", "[::1]:1", "[h]", "[::1", "[]", "", "a b"})
    void aHostAloneHasNoPort(String text) {
        assertThat(HostPort.parseHost(text)).isNull();
    }
}
