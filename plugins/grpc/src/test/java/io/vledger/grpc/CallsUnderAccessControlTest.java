package io.vledger.grpc;

import static io.vledger.grpc.GrpcRig.named;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.AckMessageEntry;
import apache.rocketmq.v2.AckMessageRequest;
import apache.rocketmq.v2.AckMessageResponse;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.HeartbeatRequest;
import apache.rocketmq.v2.HeartbeatResponse;
import apache.rocketmq.v2.Publishing;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.QueryRouteResponse;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SendMessageResponse;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.TelemetryCommand;
import io.vledger.api.audit.AuditEvent;
import io.vledger.api.rpc.CallAccess.Use;
import io.vledger.api.rpc.CallAccess.Wanted;
import io.vledger.api.rpc.CallSignature;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The headers are those that rocketmq-client-java 5.2.0 sent for the user {@code app} with the password {@code app-password-22}. */
@Timeout(60)
class CallsUnderAccessControlTest {
    private static final String DATE = "20261127T184557Z";
    private static final String SIGNATURE = "7B1C016983958FB959A948D3AF062F8C173B13C3";
    private static final String AUTHORIZATION =
            "MQv2-HMAC-SHA1 Credential=app, SignedHeaders=x-mq-date-time, Signature=" + SIGNATURE;
    private static final CallSignature SHOWN = new CallSignature(
            "app", DATE, Base64.getEncoder().encodeToString(HexFormat.of().parseHex(SIGNATURE)));

    private final FakeAccess access = new FakeAccess(SHOWN);
    private final List<AuditEvent> audit = new CopyOnWriteArrayList<>();

    @RegisterExtension
    final GrpcRig rig = new GrpcRig(access, audit::add, (fields, body) -> sink -> {
        fields.writeTo(sink);
        sink.put("signedBy", "the node");
    });

    private RawGrpcClient app() {
        return rig.client("client-1", Map.of("x-mq-date-time", DATE, "authorization", AUTHORIZATION));
    }

    private static Status send(RawGrpcClient by, String topic) throws Exception {
        SendMessageRequest request = SendMessageRequest.newBuilder()
                .addMessages(GrpcRig.message(topic, ""))
                .build();
        return by.answer("SendMessage", request, SendMessageResponse.parser()).getStatus();
    }

    private static Status route(RawGrpcClient by, String topic) throws Exception {
        return by.answer(
                        "QueryRoute",
                        QueryRouteRequest.newBuilder().setTopic(named(topic)).build(),
                        QueryRouteResponse.parser())
                .getStatus();
    }

    @Test
    void theBrokerIsShownTheSignatureOfTheClient() throws Exception {
        rig.broker().stores(7, "7F00000100002A9F0000000000001267");
        assertThat(send(app(), "T").getCode()).isEqualTo(Code.OK);
        assertThat(access.wanted()).containsExactly(new Wanted(Use.PUBLISH, "T"));
        assertThat(rig.broker().requests(RequestCode.SEND_MESSAGE_V2))
                .singleElement()
                .asString()
                .contains("AccessKey=app", "Signature=" + SHOWN.signature(), "vledgerSignedText=" + DATE);
        assertThat(audit).isEmpty();
    }

    @Test
    void whatCannotBeVerifiedIsRefusedInTheWordsOfTheStockProxy() throws Exception {
        Map<Map<String, String>, String> refused = Map.of(
                Map.of(),
                "username cannot be null.",
                Map.of("authorization", AUTHORIZATION),
                "datetime is null.",
                Map.of("x-mq-date-time", DATE, "authorization", "nonsense"),
                "authentication header is incorrect.",
                Map.of("x-mq-date-time", DATE, "authorization", "MQv2-HMAC-SHA1 nonsense"),
                "authentication keyValues length is incorrect, actual length=1.",
                Map.of("x-mq-date-time", DATE, "authorization", "MQv2-HMAC-SHA1 Credential=app, Signature=XYZ"),
                "create authentication context error.",
                Map.of("x-mq-date-time", "20261127T184558Z", "authorization", AUTHORIZATION),
                "check signature failed.",
                Map.of("x-mq-date-time", DATE, "authorization", AUTHORIZATION.replace("=app", "=root")),
                "check signature failed.");
        for (Map.Entry<Map<String, String>, String> each : refused.entrySet()) {
            Status status = send(rig.client("client-1", each.getKey()), "T");
            assertThat(status.getCode()).as("%s", each.getKey()).isEqualTo(Code.UNAUTHORIZED);
            assertThat(status.getMessage()).as("%s", each.getKey()).isEqualTo(each.getValue());
            assertThat(route(rig.client("", each.getKey()), "T").getCode())
                    .as("before anything else is looked at")
                    .isEqualTo(Code.UNAUTHORIZED);
        }
        assertThat(rig.broker().requests(RequestCode.SEND_MESSAGE_V2)).isEmpty();
        assertThat(audit)
                .hasSize(2 * refused.size())
                .allMatch(event -> event.refused() && event.result().startsWith("40100 "))
                .anyMatch(event -> event.what().equals("CALL_SendMessage"));
        assertThat(route(rig.client("", Map.of("x-mq-date-time", DATE, "authorization", AUTHORIZATION)), "T")
                        .getCode())
                .isEqualTo(Code.CLIENT_ID_REQUIRED);
    }

    @Test
    void aUserWithoutTheRightIsRefusedAndNamedInTheAuditLog() throws Exception {
        assertThat(send(app(), "secret").getCode()).isEqualTo(Code.UNAUTHORIZED);
        assertThat(route(app(), "secret").getCode()).isEqualTo(Code.UNAUTHORIZED);
        assertThat(audit).hasSize(2).allMatch(event -> event.who().equals("app"));
        HeartbeatRequest heartbeat = HeartbeatRequest.newBuilder()
                .setGroup(named("secret"))
                .setClientType(apache.rocketmq.v2.ClientType.PUSH_CONSUMER)
                .build();
        assertThat(app().answer("Heartbeat", heartbeat, HeartbeatResponse.parser())
                        .getStatus()
                        .getCode())
                .isEqualTo(Code.UNAUTHORIZED);
        ReceiveMessageRequest receive = GrpcRig.receive("secret", 15_000).build();
        assertThat(app().answer("ReceiveMessage", receive, ReceiveMessageResponse.parser())
                        .getStatus()
                        .getCode())
                .isEqualTo(Code.UNAUTHORIZED);
        assertThat(rig.broker().requests(RequestCode.POP_MESSAGE)).isEmpty();
    }

    private TelemetryCommand settings(RawGrpcClient by, String topic) throws Exception {
        TelemetryCommand command = TelemetryCommand.newBuilder()
                .setSettings(Settings.newBuilder()
                        .setPublishing(Publishing.newBuilder().addTopics(named(topic))))
                .build();
        return by.answer("Telemetry", command, TelemetryCommand.parser());
    }

    @Test
    void aStreamIsLetInCommandByCommand() throws Exception {
        assertThat(settings(app(), "T").getStatus().getCode()).isEqualTo(Code.OK);
        assertThat(settings(app(), "secret").getStatus().getCode()).isEqualTo(Code.UNAUTHORIZED);
        assertThat(settings(rig.client("client-1", Map.of()), "T").getStatus().getCode())
                .isEqualTo(Code.UNAUTHORIZED);
        assertThat(rig.broker().requests(RequestCode.HEART_BEAT))
                .singleElement()
                .asString()
                .contains("AccessKey=app", "vledgerSignedText=" + DATE);
    }

    @Test
    void whatTheNodeAsksForItselfIsSignedByItself() throws Exception {
        rig.broker().answer(RequestCode.POP_MESSAGE, ResponseCode.POLLING_TIMEOUT);
        ReceiveMessageRequest receive = GrpcRig.receive("T", 15_000).build();
        assertThat(app().answer("ReceiveMessage", receive, ReceiveMessageResponse.parser())
                        .getStatus()
                        .getCode())
                .isEqualTo(Code.MESSAGE_NOT_FOUND);
        assertThat(rig.broker().requests(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG))
                .singleElement()
                .asString()
                .contains("signedBy=the node")
                .doesNotContain("AccessKey");
        assertThat(rig.broker().requests(RequestCode.POP_MESSAGE))
                .singleElement()
                .asString()
                .contains("AccessKey=app")
                .doesNotContain("signedBy");
    }

    @Test
    void aGroupThatKnowsLessOfTheUserThanTheOneThatLetItInRefusesIt() throws Exception {
        rig.broker().answer(RequestCode.SEND_MESSAGE_V2, ResponseCode.NO_PERMISSION);
        assertThat(send(app(), "T").getCode()).isEqualTo(Code.UNAUTHORIZED);
    }

    @Test
    void theNodeDoesNotVouchForClientsToGroupsOfOthers() throws Exception {
        AckMessageRequest request = AckMessageRequest.newBuilder()
                .setTopic(named("T"))
                .setGroup(named("g"))
                .addEntries(AckMessageEntry.newBuilder()
                        .setMessageId("01ID")
                        .setReceiptHandle("0 1000 1000 0 0 elsewhere 0 0 0"))
                .build();
        Status status =
                app().answer("AckMessage", request, AckMessageResponse.parser()).getStatus();
        assertThat(status.getCode()).isEqualTo(Code.FORBIDDEN);
    }

    @Test
    void nothingIsLetInWhileNobodyCanTell() throws Exception {
        access.knowsNothing();
        assertThat(send(app(), "T").getCode()).isEqualTo(Code.INTERNAL_SERVER_ERROR);
        assertThat(rig.broker().requests(RequestCode.SEND_MESSAGE_V2)).isEmpty();
        assertThat(audit).isEmpty();
    }
}
