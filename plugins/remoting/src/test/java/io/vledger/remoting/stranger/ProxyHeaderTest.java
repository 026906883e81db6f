package io.vledger.remoting.stranger;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderTest {
    private static final String V2 = "0d0a0d0a000d0a515549540a";
    private static final String TCP4 = V2 + "2111000c" + "0a000007" + "7f000001" + "c738" + "2a9f";
    private static final String TCP6 = V2 + "21210024" + "20010db8000000000000000000000001".repeat(2) + "c738" + "2a9f";

    private static ByteBuf text(String line) {
        return Unpooled.copiedBuffer(line, ISO_8859_1);
    }

    private static ByteBuf hex(String digits) {
        return Unpooled.wrappedBuffer(HexFormat.of().parseHex(digits));
    }

    private static InetSocketAddress client(ByteBuf in) throws ProxyHeader.Malformed {
        ProxyHeader header = ProxyHeader.read(in);
        assertThat(header).isNotNull();
        InetSocketAddress client = header.client();
        assertThat(client).isNotNull();
        return client;
    }

    @Test
    void bothVersionsSayForWhomTheConnectionIs() throws Exception {
        ByteBuf line = text("PROXY TCP4 10.0.0.7 127.0.0.1 51000 10911\r\nrest");
        assertThat(client(line)).isEqualTo(new InetSocketAddress("10.0.0.7", 51000));
        assertThat(line.toString(ISO_8859_1)).isEqualTo("rest");
        assertThat(client(text("PROXY TCP6 2001:db8::1 ::1 51000 10911\r\n")))
                .isEqualTo(new InetSocketAddress("2001:db8::1", 51000));
        assertThat(client(hex(TCP4))).isEqualTo(new InetSocketAddress("10.0.0.7", 51000));
        assertThat(client(hex(TCP6))).isEqualTo(new InetSocketAddress("2001:db8::1", 51000));
        // What load balancers add behind the addresses is skipped.
        ByteBuf more = hex(V2 + "21110011" + "0a000007" + "7f000001" + "c738" + "2a9f" + "0400020000" + "ff");
        assertThat(client(more)).isEqualTo(new InetSocketAddress("10.0.0.7", 51000));
        assertThat(more.readableBytes()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN ::1 ::1 1 2\r\n"})
    void aLoadBalancerMayNotSayForWhom(String line) throws Exception {
        ProxyHeader header = ProxyHeader.read(text(line));
        assertThat(header).isEqualTo(new ProxyHeader(null));
    }

    @ParameterizedTest
    @ValueSource(strings = {V2 + "20000000", V2 + "20110002ffff", V2 + "2131000100"})
    void noKindOfAddressButThoseOfTcpIsLookedAt(String digits) throws Exception {
        assertThat(ProxyHeader.read(hex(digits))).isEqualTo(new ProxyHeader(null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY TCP4 10.0.0.7 127.0.0.1 51000\r\n",
                "PROXY TCP4 10.0.0.7 127.0.0.1 51000 10911\n",
                "PROXY TCP4 name 127.0.0.1 51000 10911\r\n",
                "PROXY TCP4 10.0.0 127.0.0.1 51000 10911\r\n",
                "PROXY TCP4 10.0.0.7 127.0.0.1 99999 10911\r\n",
                "PROXY UDP4 10.0.0.7 127.0.0.1 51000 10911\r\n",
                "PROXY TCP4                                                                                          "
                        + "                        ",
            })
    void aLineThatIsNoneIsRefused(String line) {
        assertThatThrownBy(() -> ProxyHeader.read(text(line))).isInstanceOf(ProxyHeader.Malformed.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {V2 + "11110000", V2 + "22110000", V2 + "211100040a000007", V2 + "2111ffff"})
    void aBinaryHeaderThatIsNoneIsRefused(String digits) {
        assertThatThrownBy(() -> ProxyHeader.read(hex(digits))).isInstanceOf(ProxyHeader.Malformed.class);
    }

    @Test
    void anyPartOfAHeaderWaitsForTheRest() throws Exception {
        for (ByteBuf whole : new ByteBuf[] {text("PROXY TCP4 10.0.0.7 127.0.0.1 1 2\r\n"), hex(TCP4), hex(TCP6)}) {
            for (int bytes = 1; bytes < whole.readableBytes(); bytes++) {
                ByteBuf part = whole.copy(0, bytes);
                ProxyHeader.Beginning beginning = ProxyHeader.beginning(part);
                assertThat(beginning).isNotEqualTo(ProxyHeader.Beginning.OTHER);
                if (beginning == ProxyHeader.Beginning.HEADER) {
                    assertThat(ProxyHeader.read(part)).isNull();
                }
            }
        }
    }

    @Test
    void noBytesOfAnyContentDoMoreThanBeRefused() {
        Random random = new Random(7);
        for (int run = 0; run < 50_000; run++) {
            byte[] bytes = new byte[random.nextInt(80)];
            random.nextBytes(bytes);
            byte[] start = HexFormat.of().parseHex(random.nextBoolean() ? V2 : "50524f585920");
            System.arraycopy(start, 0, bytes, 0, Math.min(bytes.length, start.length));
            ByteBuf in = Unpooled.wrappedBuffer(bytes);
            try {
                if (ProxyHeader.beginning(in) == ProxyHeader.Beginning.HEADER) {
                    ProxyHeader.read(in);
                }
            } catch (ProxyHeader.Malformed expected) {
                assertThat(expected).hasMessageNotContaining("null");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.1.2.3, true",
        "10.0.0.0/8, 11.1.2.3, false",
        "10.0.0.1, 10.0.0.1, true",
        "10.0.0.1, 10.0.0.2, false",
        "2001:db8::/32, 2001:db8:1::5, true",
        "2001:db8::/32, 10.0.0.1, false",
    })
    void onlyConfiguredAddressesAreBelieved(String network, String address, boolean believed) {
        StrangerLimits limits =
                StrangerLimits.of(new JsonObject().put(StrangerLimits.PROXIES, new JsonArray().add(network)));
        assertThat(limits.proxy(new InetSocketAddress(address, 1))).isEqualTo(believed);
        assertThat(StrangerLimits.STANDARD.proxy(new InetSocketAddress(address, 1)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "name", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/x", "*"})
    void whatIsNoNetworkStopsTheStart(String network) {
        assertThatThrownBy(() ->
                        StrangerLimits.of(new JsonObject().put(StrangerLimits.PROXIES, new JsonArray().add(network))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("proxyProtocolFrom = " + network);
    }
}
