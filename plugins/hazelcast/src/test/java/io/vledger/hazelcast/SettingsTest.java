package io.vledger.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
    @Test
    void loopbackAndNobodyElseIsTheDefault() {
        assertThat(Settings.of(new JsonObject(), "C"))
                .isEqualTo(new Settings("127.0.0.1", 5701, "127.0.0.1:5701", List.of(), "C", "", false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"prot\":1} | prot",
                "{\"port\":0} | port = 0",
                "{\"port\":\"5701\"} | port = 5701",
                "{\"host\":\"0.0.0.0\"} | the one address",
                "{\"members\":\"127.0.0.1:5701\"} | must be a list",
                "{\"members\":[\"127.0.0.1\"]} | must be host:port",
                "{\"members\":[5]} | must be host:port",
                "{\"publicAddress\":\"h\"} | must be host:port",
                "{\"secretMode\":\"required\"} | secretMode = required",
                "{\"secretFile\":\"f\",\"secretMode\":\"off\"} | secretMode = off",
                "{\"clusterName\":\"\"} | clusterName"
            })
    void aValueThatCannotBeIsNamed(String section, String words) {
        assertThatThrownBy(() -> Settings.of(new JsonObject(section), "C"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("plugins.hazelcast")
                .hasMessageContaining(words);
    }

    @Test
    void everyAddressIsBoundOnlyWhereAPublicOneIsNamed() {
        Settings settings =
                Settings.of(new JsonObject("{\"host\":\"0.0.0.0\",\"publicAddress\":\"203.0.113.7:5701\"}"), "C");
        Config config = MemberConfig.of(settings, "n0", getClass().getClassLoader());
        assertThat(config.getProperty("hazelcast.socket.bind.any")).isEqualTo("true");
        assertThat(config.getProperty("hazelcast.local.localAddress")).isNull();
        assertThat(config.getNetworkConfig().getInterfaces().isEnabled()).isFalse();
        assertThat(config.getNetworkConfig().getPublicAddress()).isEqualTo("203.0.113.7:5701");
    }

    @Test
    void nothingIsSearchedForAndNobodyIsCalled() {
        Settings settings = Settings.of(new JsonObject("{\"port\":25701,\"members\":[\"127.0.0.1:25702\"]}"), "C");
        Config config = MemberConfig.of(settings, "n0", getClass().getClassLoader());
        JoinConfig join = config.getNetworkConfig().getJoin();
        assertThat(join.getMulticastConfig().isEnabled()).isFalse();
        assertThat(join.getAutoDetectionConfig().isEnabled()).isFalse();
        assertThat(join.getTcpIpConfig().getMembers()).containsExactly("127.0.0.1:25702");
        assertThat(config.getProperty("hazelcast.phone.home.enabled")).isEqualTo("false");
        assertThat(config.getProperty("hazelcast.socket.bind.any")).isEqualTo("false");
        assertThat(config.getJetConfig().isEnabled()).isFalse();
    }
}
