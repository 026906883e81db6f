package io.vledger.broker.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vledger.access.signature.SigningKey;
import io.vledger.api.rpc.CallAccess.Call;
import io.vledger.api.rpc.CallAccess.Use;
import io.vledger.api.rpc.CallAccess.Verdict;
import io.vledger.api.rpc.CallAccess.Wanted;
import io.vledger.api.rpc.CallSignature;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients of other protocols sign a text; what brings their requests shows the broker that signature. */
class CallAccessTest {
    private static final String DATE = "20261127T184557Z";
    private static final InetAddress ADDRESS = InetAddress.getLoopbackAddress();

    @TempDir
    Path directory;

    private JsonObject section() throws IOException {
        return new AccessFixture(directory).section();
    }

    private TestBroker broker() throws IOException {
        TestBroker broker = TestBroker.guarded(NodeAccess.of(section()).load());
        broker.topic("t", 1);
        FakeRequest made = new FakeRequest(RequestCode.AUTH_CREATE_USER)
                .with("username", "app")
                .body("{\"password\":\"app-password\",\"userType\":\"Normal\"}");
        assertThat(broker.call(shown(made, signature("root", "root-password"))).replyCode())
                .isZero();
        FakeRequest granted = new FakeRequest(RequestCode.AUTH_CREATE_ACL)
                .with("subject", "User:app")
                .body("{\"policies\":[{\"entries\":[{\"actions\":[\"Pub\"],\"decision\":\"Allow\","
                        + "\"resource\":\"Topic:t\"}],\"policyType\":\"Custom\"}]}");
        assertThat(broker.call(shown(granted, signature("root", "root-password")))
                        .replyCode())
                .isZero();
        return broker;
    }

    private static CallSignature signature(String user, String password) {
        TreeMap<String, String> text = new TreeMap<>();
        text.put("date", DATE);
        return new CallSignature(user, DATE, new SigningKey(password).sign(text, null));
    }

    /** As what brings a request within the process shows it. */
    private static FakeRequest shown(FakeRequest request, CallSignature signature) {
        return request.on(new FakeConnection().withinProcess())
                .with(CallSignature.USER, signature.user())
                .with(CallSignature.SIGNATURE, signature.signature())
                .with(CallSignature.CONTENT, signature.content());
    }

    private static Verdict ask(TestBroker broker, @Nullable CallSignature signature, Wanted... wanted) {
        NodeCallAccess access = new NodeCallAccess(NodeAccess.NONE);
        access.add("a", broker.parts().access());
        List<Verdict> answers = new ArrayList<>();
        access.check(new Call(signature, ADDRESS, List.of(wanted)), answers::add);
        broker.group().settle();
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    @Test
    void aRequestThatIsBroughtWithinTheProcessHasTheRightsOfItsSigner() throws Exception {
        try (TestBroker broker = broker()) {
            FakeRequest sent = broker.call(shown(broker.send("t", 0, "x"), signature("app", "app-password")));
            assertThat(sent.replyCode()).isZero();
            assertThat(sent.identity()).as("whom the audit log names").isEqualTo("app");
            FakeRequest pulled = broker.call(shown(broker.pull("t", 0, 0), signature("app", "app-password")));
            assertThat(pulled.replyCode()).isEqualTo(16);
            assertThat(pulled.replyRemark())
                    .isEqualTo("User:app has no permission to access Topic:t from 127.0.0.1, no matched policies.");
            assertThat(broker.call(shown(broker.send("t", 0, "x"), signature("app", "wrong")))
                            .replyRemark())
                    .isEqualTo("check signature failed.");
            assertThat(broker.call(broker.send("t", 0, "x").on(new FakeConnection().withinProcess()))
                            .replyRemark())
                    .as("what is brought without a signature")
                    .isEqualTo("username cannot be null.");
        }
    }

    @Test
    void aSignatureOfATextIsWorthNothingOverASocketOrInWhatIsRelayed() throws Exception {
        try (TestBroker broker = broker()) {
            CallSignature root = signature("root", "root-password");
            FakeRequest stolen = shown(broker.send("t", 0, "x"), root).on(new FakeConnection());
            assertThat(broker.call(stolen).replyRemark()).isEqualTo("check signature failed.");
            FakeRequest member = shown(broker.send("t", 0, "x"), new CallSignature(MemberRequests.NAME, DATE, ""));
            assertThat(broker.call(member).replyRemark()).isEqualTo("check signature failed.");
            FakeRequest relayed = shown(broker.send("t", 0, "x"), root).hops(1);
            relayed.on(new FakeConnection());
            assertThat(broker.call(relayed).isGivenBack()).isTrue();
        }
    }

    /** Access control is turned on in one member after the other. */
    @Test
    void aSignatureThatAMemberBringsWhichLooksAtNothingYetIsVerified() throws Exception {
        NodeAccess access = NodeAccess.of(section()).load();
        try (TestBroker broker = TestBroker.guarded(access)) {
            broker.topic("t", 1);
            FakeConnection member = new FakeConnection(8);
            new MemberHandshake(broker, member).run(new MemberProofs("broker-a", access::keys));
            FakeRequest sent = shown(broker.send("t", 0, "x"), signature("root", "root-password"));
            assertThat(broker.call(sent.hops(1).carriedBy(member)).replyCode()).isZero();
            FakeRequest wrong = shown(broker.send("t", 0, "x"), signature("root", "wrong"));
            assertThat(broker.call(wrong.hops(1).carriedBy(member)).replyRemark())
                    .isEqualTo("check signature failed.");
        }
    }

    @Test
    void aCallIsLetInForWhatItsUserMayDo() throws Exception {
        try (TestBroker broker = broker()) {
            CallSignature app = signature("app", "app-password");
            assertThat(ask(broker, app)).isEqualTo(new Verdict("app", null));
            assertThat(ask(broker, app, new Wanted(Use.PUBLISH, "t"))).isEqualTo(new Verdict("app", null));
            assertThat(ask(broker, app, new Wanted(Use.PUBLISH_OR_CONSUME, "t")).refusal())
                    .isNull();
            assertThat(ask(broker, app, new Wanted(Use.PUBLISH, "t"), new Wanted(Use.CONSUME, "t"))
                            .refusal())
                    .isEqualTo("User:app has no permission to access Topic:t from 127.0.0.1, no matched policies.");
            assertThat(ask(broker, app, new Wanted(Use.CONSUME_AS, "g")).refusal())
                    .isEqualTo("User:app has no permission to access Group:g from 127.0.0.1, no matched policies.");
            assertThat(ask(broker, signature("app", "wrong"))).isEqualTo(new Verdict("", "check signature failed."));
            assertThat(ask(broker, new CallSignature("app", DATE, "")))
                    .extracting(Verdict::refusal)
                    .isEqualTo("check signature failed.");
            assertThat(ask(broker, signature("nobody", "x")).refusal()).isEqualTo("User:nobody is not found.");
            assertThat(ask(broker, null)).isEqualTo(new Verdict("", "username cannot be null."));
            FakeRequest disabled = new FakeRequest(RequestCode.AUTH_UPDATE_USER)
                    .with("username", "app")
                    .body("{\"userStatus\":\"disable\"}");
            assertThat(broker.call(shown(disabled, signature("root", "root-password")))
                            .replyCode())
                    .isZero();
            assertThat(ask(broker, app).refusal()).isEqualTo("User:app is disabled.");
        }
    }

    @Test
    void aCallIsLetInByTheAccountsOfRocketmq4() throws Exception {
        new AccessFixture(directory)
                .accounts(
                        """
                globalWhiteRemoteAddresses:
                - 10.7.7.7
                accounts:
                - accessKey: account
                  secretKey: account-password
                  defaultTopicPerm: DENY
                  defaultGroupPerm: DENY
                  topicPerms:
                  - t=PUB
                """);
        JsonObject section = new JsonObject().put("aclEnable", true).put("aclHome", directory.toString());
        try (TestBroker broker = TestBroker.guarded(NodeAccess.of(section).load())) {
            CallSignature account = signature("account", "account-password");
            assertThat(ask(broker, account, new Wanted(Use.PUBLISH, "t"))).isEqualTo(new Verdict("account", null));
            assertThat(ask(broker, account, new Wanted(Use.CONSUME, "t")).refusal())
                    .isEqualTo("No default permission for Topic:t");
            assertThat(ask(broker, signature("account", "wrong")).refusal())
                    .isEqualTo("Check signature failed for accessKey=account");
            assertThat(ask(broker, null).refusal()).isEqualTo("No accessKey is configured");
            List<Verdict> answers = new ArrayList<>();
            broker.parts().access().check(new Call(null, InetAddress.getByName("10.7.7.7"), List.of()), answers::add);
            broker.group().settle();
            assertThat(answers).as("from a white address").containsExactly(new Verdict("", null));
        }
    }

    @Test
    void nobodyDecidesWhileNoGroupIsServed() {
        List<@Nullable Verdict> answers = new ArrayList<>();
        new NodeCallAccess(NodeAccess.NONE).check(new Call(null, ADDRESS, List.of()), answers::add);
        assertThat(answers).containsExactly((Verdict) null);
    }

    @Test
    void oneGroupOfTheNodeIsEnough() throws Exception {
        try (TestBroker first = TestBroker.guarded(NodeAccess.of(section()).load());
                TestBroker second = broker()) {
            NodeCallAccess access = new NodeCallAccess(NodeAccess.NONE);
            access.add("a", first.parts().access());
            access.add("b", second.parts().access());
            List<Verdict> answers = new ArrayList<>();
            access.check(new Call(signature("app", "app-password"), ADDRESS, List.of()), answers::add);
            access.check(new Call(signature("app", "wrong"), ADDRESS, List.of()), answers::add);
            first.group().settle();
            second.group().settle();
            assertThat(answers).containsExactly(new Verdict("app", null), new Verdict("", "User:app is not found."));
        }
    }
}
