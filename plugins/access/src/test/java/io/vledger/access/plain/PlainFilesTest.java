package io.vledger.access.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.access.rights.Action;
import io.vledger.access.rights.Need;
import io.vledger.access.rights.RequestRights;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainFilesTest {
    /** The sample that RocketMQ 4.9.8 comes with, and a few accounts more. */
    private static final String SAMPLE =
            """
            # a comment of the operator
            globalWhiteRemoteAddresses:
              - 10.10.103.*
              - 192.168.0.*
            accounts:
              - accessKey: RocketMQ
                secretKey: 12345678
                whiteRemoteAddress:
                admin: false
                defaultTopicPerm: DENY
                defaultGroupPerm: SUB
                topicPerms:
                  - topicA=DENY
                  - topicB=PUB|SUB
                  - topicC=SUB
                groupPerms:
                  - groupA=DENY
                  - groupB=PUB|SUB
              - accessKey: rocketmq2
                secretKey: 12345678
                whiteRemoteAddress: 192.168.1.*
                admin: true
            """;

    private final RequestRights rights = new RequestRights("C");

    @TempDir
    Path home;

    private PlainFiles files;

    @BeforeEach
    void writeSample() throws IOException {
        Files.createDirectories(home.resolve("conf/acl/more"));
        Files.writeString(home.resolve("conf/plain_acl.yml"), SAMPLE);
        files = new PlainFiles(home, "conf/plain_acl.yml");
    }

    private PlainRules rules() throws IOException {
        return files.load().rules();
    }

    private @Nullable String refusal(String account, FakeRequest request) throws IOException {
        List<Need> needs = new ArrayList<>();
        rights.of(request.code()).finder().find(request, needs);
        return rules().refusal(Objects.requireNonNull(rules().account(account)), needs);
    }

    @ParameterizedTest(name = "code {0} on {1} of {2}: {3}")
    @CsvSource({
        "310, topicA, , no",
        "310, topicB, , yes",
        "310, topicC, , no",
        "310, other, , no",
        "310, %RETRY%groupA, , no",
        "310, %RETRY%groupB, , yes",
        "310, RMQ_SYS_TRACE_TOPIC, , yes",
        "320, topicC, , no",
        "11, topicB, groupB, yes",
        "11, topicC, someGroup, yes",
        "11, topicC, groupA, no",
        "11, topicA, groupB, no",
        "11, %RETRY%groupA, groupB, no",
        "361, topicA, groupB, no",
        "200050, topicA, groupB, no",
        "30, topicA, , yes",
        "17, topicB, , no",
        "215, topicB, , no",
        "25, , , no",
        "50, , , no",
        "54, , , no",
        "52, , , yes",
        "3001, , , no",
        "28, , , yes",
    })
    void anAccountMayDoWhatItsPermissionsSay(int code, String topic, String group, String may) throws IOException {
        FakeRequest request =
                new FakeRequest(code).with("topic", topic).with("b", topic).with("consumerGroup", group);
        assertThat(refusal("RocketMQ", request) == null ? "yes" : "no").isEqualTo(may);
        assertThat(refusal("rocketmq2", request)).isNull();
    }

    @Test
    void whoMayTraceMayNotSendToAnotherTopicWithThat() throws IOException {
        List<Need> needs = List.of(
                Need.topic("RMQ_SYS_TRACE_TOPIC", Set.of(Action.PUB)), Need.topic("topicA", Set.of(Action.PUB)));
        PlainAccount account = Objects.requireNonNull(rules().account("RocketMQ"));
        assertThat(rules().refusal(account, needs)).isEqualTo("No default permission for Topic:topicA");
        assertThat(rules().refusal(account, needs.subList(0, 1))).isNull();
    }

    @Test
    void anAdministratorWithPermissionsIsHeldToThem() throws IOException {
        Files.writeString(
                home.resolve("conf/acl/more/admin.yaml"),
                "accounts:\n- accessKey: limited1\n  secretKey: 12345678\n  admin: true\n  topicPerms: [topicA=SUB]\n");
        assertThat(refusal("limited1", new FakeRequest(RequestCode.DELETE_TOPIC_IN_BROKER).with("topic", "topicA")))
                .isNull();
        assertThat(refusal("limited1", new FakeRequest(RequestCode.SEND_MESSAGE_V2).with("b", "topicA")))
                .isNotNull();
    }

    @Test
    void whiteAddressesLetInWithoutAnAccountOrASignature() throws Exception {
        assertThat(rules().letsIn(InetAddress.getByName("10.10.103.200"))).isTrue();
        assertThat(rules().letsIn(InetAddress.getByName("10.10.104.200"))).isFalse();
        assertThat(rules().letsIn("rocketmq2", InetAddress.getByName("192.168.1.2")))
                .isTrue();
        assertThat(rules().letsIn("RocketMQ", InetAddress.getByName("192.168.1.2")))
                .isFalse();
    }

    @Test
    void ofTwoAccountsOfOneNameTheFirstFileCounts() throws IOException {
        Files.writeString(home.resolve("conf/acl/a.yml"), "accounts:\n- accessKey: RocketMQ\n  secretKey: another1\n");
        assertThat(Objects.requireNonNull(rules().account("RocketMQ")).secretKey())
                .isEqualTo("another1");
    }

    @Test
    void whatAToolChangesIsWhereItWasAndKeepsTheRest() throws IOException {
        Files.writeString(home.resolve("conf/acl/b.yml"), "accounts:\n- {accessKey: another1, secretKey: 12345678}\n");
        PlainAccount changed = new PlainAccount(
                "another1",
                "87654321",
                "",
                false,
                PlainPermission.PUB,
                PlainPermission.DENY,
                PlainAccount.permissions(List.of("t=SUB")),
                Map.of());
        files.put(changed, 7);
        assertThat(rules().account("another1")).isEqualTo(changed);
        assertThat(rules().account("RocketMQ")).isNotNull();
        assertThat(files.versions().get(home.resolve("conf/acl/b.yml").toString()))
                .containsExactly(1, 7);
        PlainAccount added = new PlainAccount(
                "entirely new", "12345678", "", true, PlainPermission.DENY, PlainPermission.DENY, Map.of(), Map.of());
        files.put(added, 8);
        files.put(added, 9);
        assertThat(files.versions().get(files.main().toString())).containsExactly(2, 9);
        assertThat(files.remove("RocketMQ", 10)).isTrue();
        assertThat(files.remove("RocketMQ", 11)).isFalse();
        assertThat(rules().accounts()).containsOnlyKeys("another1", "rocketmq2", "entirely new");
        assertThat(rules().whiteAddresses()).containsExactly("10.10.103.*", "192.168.0.*");
        assertThat(Files.readString(home.resolve("conf/plain_acl.yml.bak"))).isEqualTo(SAMPLE);
        assertThat(files.whiteAddresses(List.of("10.0.0.*"), "", 12)).isTrue();
        assertThat(files.whiteAddresses(List.of("10.0.0.*"), "/etc/passwd", 13)).isFalse();
        assertThat(rules().whiteAddresses()).containsExactly("10.0.0.*");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'accounts: [{accessKey: short, secretKey: 12345678}]' | longer than 6",
                "'accounts: [{accessKey: longenough, secretKey: 12345678, topicPerms: [a=ALL]}]' | must be PUB, SUB",
                "'accounts: [{accessKey: longenough, secretKey: 12345678, topicPerms: [a]}]' | name=PERMISSION",
                "'accounts: [{accessKey: longenough, secretKey: 12345678, whiteRemoteAddress: x}]' | no address",
                "'accounts: 7' | must be a list",
                "'globalWhiteRemoteAddresses: [nowhere]' | no address",
                "'[1, 2]' | must have accounts",
                "'a: !!javax.script.ScriptEngineManager [x]' | is not YAML",
                "'a: [1' | is not YAML",
            })
    void aFileThatCannotBeUsedIsNamedAndSaysWhatIsWrong(String content, String problem) throws IOException {
        Path file = home.resolve("conf/acl/odd.yml");
        Files.writeString(file, content);
        assertThatThrownBy(() -> files.load())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("odd.yml")
                .hasMessageContaining(problem)
                .hasMessageNotContaining("12345678");
    }

    @Test
    void aHomeWithoutAnyFileIsRefused() {
        assertThatThrownBy(() -> new PlainFiles(home.resolve("elsewhere"), "conf/plain_acl.yml").load())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("there is neither");
    }
}
