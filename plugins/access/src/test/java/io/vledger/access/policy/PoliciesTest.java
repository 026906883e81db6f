package io.vledger.access.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.access.plain.PlainAccount;
import io.vledger.access.plain.PlainPermission;
import io.vledger.access.rights.Action;
import io.vledger.access.rights.Need;
import io.vledger.access.rights.ResourceKind;
import io.vledger.protocol.json.JsonWriter;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoliciesTest {
    private static Policies policies(String... entries) {
        StringBuilder json = new StringBuilder("{\"policies\":[{\"policyType\":\"Custom\",\"entries\":[");
        json.append(String.join(",", entries)).append("]}]}");
        return PolicyJson.read(json.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String entry(String resource, String decision, String sources, String... actions) {
        return "{\"resource\":\"" + resource + "\",\"decision\":\"" + decision + "\",\"sourceIps\":[" + sources
                + "],\"actions\":[\"" + String.join("\",\"", actions) + "\"]}";
    }

    private static boolean allows(Policies policies, ResourceKind kind, String name, Action action) throws Exception {
        return policies.refusal(new Need(kind, name, Set.of(action)), InetAddress.getByName("10.1.2.3")) == null;
    }

    @ParameterizedTest(name = "{0} and {1} say {3} to {2}")
    @CsvSource({
        "Topic:*=Allow,       Topic:a=Deny,    a,   no",
        "Topic:*=Deny,        Topic:a=Allow,   a,   yes",
        "*=Deny,              Topic:*=Allow,   a,   yes",
        "Topic:a*=Deny,       Topic:ab*=Allow, abc, yes",
        "Topic:ab*=Deny,      Topic:a*=Allow,  abc, no",
        "Topic:abc=Allow,     Topic:ab*=Deny,  abc, yes",
        "Topic:b=Allow,       Group:a=Allow,   a,   no",
        "Topic:a=Deny,        Topic:a=Allow,   a,   no",
    })
    void theMostExactEntryDecides(String one, String other, String topic, String may) throws Exception {
        String[] first = one.split("=");
        String[] second = other.split("=");
        Policies all = policies(entry(first[0], first[1], "", "Pub"), entry(second[0], second[1], "", "Pub"));
        assertThat(allows(all, ResourceKind.TOPIC, topic, Action.PUB) ? "yes" : "no")
                .isEqualTo(may);
    }

    @Test
    void defaultEntriesCountOnlyWhereNoCustomOneMatches() throws Exception {
        Policies custom = policies(entry("Topic:a", "Deny", "", "All"));
        Policies all = new Policies(
                custom.custom(), policies(entry("Topic:*", "Allow", "", "All")).custom());
        assertThat(allows(all, ResourceKind.TOPIC, "a", Action.SUB)).isFalse();
        assertThat(allows(all, ResourceKind.TOPIC, "b", Action.SUB)).isTrue();
        assertThat(allows(all, ResourceKind.GROUP, "b", Action.SUB)).isFalse();
    }

    @Test
    void anEntryCountsForItsActionsAndFromItsSources() throws Exception {
        Policies all = policies(
                entry("Topic:a", "Allow", "\"10.1.0.0/16\"", "pub", "Get"),
                entry("Topic:b", "Allow", "\"10.1.2.4\"", "Pub"));
        assertThat(allows(all, ResourceKind.TOPIC, "a", Action.PUB)).isTrue();
        assertThat(allows(all, ResourceKind.TOPIC, "a", Action.SUB)).isFalse();
        assertThat(allows(all, ResourceKind.TOPIC, "b", Action.PUB)).isFalse();
    }

    @Test
    void whatIsWrittenIsReadBackAndMerged() {
        Policies all = policies(
                entry("Topic:a*", "Allow", "\"10.1.2.4\",\"::1\"", "Pub", "Sub"), entry("*", "Deny", "", "All"));
        JsonWriter json = JsonWriter.create();
        PolicyJson.write(json, "User:u", all);
        assertThat(PolicyJson.read(json.toBytes())).isEqualTo(all);
        Policies merged = all.with(policies(entry("*", "Allow", "", "Get"), entry("Group:g", "Allow", "", "Sub")));
        assertThat(merged.custom()).hasSize(3);
        assertThat(merged.custom().get(1).allow()).isTrue();
        Resource everything = Objects.requireNonNull(Resource.parse("*"));
        assertThat(merged.without(PolicyType.CUSTOM, everything).custom()).hasSize(2);
        assertThat(merged.without(PolicyType.DEFAULT, everything).custom()).hasSize(3);
        assertThat(merged.about("Group").custom()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "Nonsense, Allow, '', Pub, The resource is null.",
        "Topic:a, Perhaps, '', Pub, The decision is null or illegal.",
        "Topic:a, Allow, '', Fly, The actions is empty.",
        "Topic:a, Allow, '', Any, The actions can not be Any.",
        "Topic:a, Allow, '\"10.1.2\"', Pub, The source ip is invalid.",
        "Topic:a, Allow, '\"10.1.2.3/33\"', Pub, The source ip is invalid.",
        "Topic:a, Allow, '\" \"', Pub, The source ip is empty.",
    })
    void wrongPoliciesAreRefusedInRocketmqsWords(
            String resource, String decision, String sources, String action, String words) {
        assertThatThrownBy(() -> policies(entry(resource, decision, sources, action)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(words);
    }

    @Test
    void policiesAreBounded() {
        assertThatThrownBy(() -> policies(entry("Topic:" + "x".repeat(513), "Allow", "", "Pub")))
                .hasMessageContaining("512 characters");
        String sources = "\"::1\"" + ",\"::1\"".repeat(64);
        assertThatThrownBy(() -> policies(entry("Topic:t", "Allow", sources, "Pub")))
                .hasMessageContaining("64 source ips");
        String[] many = new String[2_001];
        for (int i = 0; i < many.length; i++) {
            many[i] = entry("Topic:t" + i, "Allow", "", "Pub");
        }
        assertThatThrownBy(() -> policies(many)).hasMessageContaining("2000 entries");
    }

    @Test
    void anAccountOfAcl1BecomesPoliciesAsRocketmqMigratesIt() throws Exception {
        Policies all = Migration.policies(new PlainAccount(
                "account1",
                "12345678",
                "",
                false,
                PlainPermission.DENY,
                PlainPermission.SUB,
                PlainAccount.permissions(List.of("a=PUB|SUB", "b=DENY")),
                Map.of()));
        assertThat(allows(all, ResourceKind.TOPIC, "a", Action.PUB)).isTrue();
        assertThat(allows(all, ResourceKind.TOPIC, "b", Action.PUB)).isFalse();
        assertThat(allows(all, ResourceKind.TOPIC, "other", Action.PUB)).isFalse();
        assertThat(allows(all, ResourceKind.GROUP, "any", Action.SUB)).isTrue();
        assertThat(allows(all, ResourceKind.CLUSTER, "C", Action.UPDATE)).isFalse();
    }
}
