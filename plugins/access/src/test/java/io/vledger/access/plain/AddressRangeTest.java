package io.vledger.access.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangeTest {
    @ParameterizedTest(name = "{0} has {1}, not {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "*                    | 10.1.2.3     | ",
                "*                    | 2001:db8::1  | ",
                "*.*.*.*              | 10.1.2.3     | 2001:db8::1",
                "10.10.103.*          | 10.10.103.7  | 10.10.104.7",
                "192.168.*.*          | 192.168.9.9  | 192.169.9.9",
                "192.168.0-2.*        | 192.168.2.1  | 192.168.3.1",
                "10.1.2.3-5           | 10.1.2.5     | 10.1.2.6",
                "10.1.2.{1,3}         | 10.1.2.3     | 10.1.2.2",
                "10.1.2.3,10.1.2.5    | 10.1.2.5     | 10.1.2.4",
                "10.1.2.3             | 10.1.2.3     | 10.1.2.30",
                "2001:db8::1          | 2001:db8::1  | 2001:db8::2",
                "1:2:3:4:5:6:7:*      | 1:2:3:4:5:6:7:9 | 1:2:3:4:5:6:8:9",
                "1::5:1-20:*          | 1::5:20:9    | 1::5:21:9",
                "1:2:3:4:5:6:7:{8,a}  | 1:2:3:4:5:6:7:a | 1:2:3:4:5:6:7:9",
                "''                   |              | 10.1.2.3",
            })
    void aWhiteListHasTheAddressesThatRocketmqSays(String text, String inside, String outside) throws Exception {
        AddressRange range = AddressRange.parse(text);
        if (inside != null) {
            assertThat(range.contains(InetAddress.getByName(inside))).isTrue();
        }
        if (outside != null) {
            assertThat(range.contains(InetAddress.getByName(outside))).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.1.2",
                "10.1.2.256",
                "10.1.2.5-3",
                "10.1.2.-5",
                "host",
                "10.1.2.3/8",
                "1:2:3",
                "a.b.c.d",
                "10.1.2.{1,x}"
            })
    void whatIsNoAddressIsRefused(String text) {
        assertThatThrownBy(() -> AddressRange.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
