package io.vledger.grpc;

import static io.vledger.grpc.GrpcRig.message;
import static io.vledger.grpc.GrpcRig.named;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.AckMessageEntry;
import apache.rocketmq.v2.AckMessageRequest;
import apache.rocketmq.v2.AckMessageResponse;
import apache.rocketmq.v2.ChangeInvisibleDurationRequest;
import apache.rocketmq.v2.ChangeInvisibleDurationResponse;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.EndTransactionRequest;
import apache.rocketmq.v2.EndTransactionResponse;
import apache.rocketmq.v2.ForwardMessageToDeadLetterQueueRequest;
import apache.rocketmq.v2.ForwardMessageToDeadLetterQueueResponse;
import apache.rocketmq.v2.HeartbeatRequest;
import apache.rocketmq.v2.HeartbeatResponse;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.QueryAssignmentRequest;
import apache.rocketmq.v2.QueryAssignmentResponse;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.QueryRouteResponse;
import apache.rocketmq.v2.RecallMessageRequest;
import apache.rocketmq.v2.RecallMessageResponse;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SendMessageResponse;
import apache.rocketmq.v2.TransactionResolution;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.vertx.core.Future;
import io.vledger.grpc.message.Times;
import io.vledger.grpc.message.TransactionId;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The codes are those that the stock proxy 5.5.0 answered to the same calls. */
@Timeout(60)
class MessagingServiceTest {
    private static final String OLD = "0 1000 1000 0 0 a 0 0 0";
    private static final String MADE_UP = "0 " + Long.MAX_VALUE / 2 + " 60000 0 0 a 0 0 0";

    @RegisterExtension
    final GrpcRig rig = new GrpcRig();

    private <A> A call(String method, MessageLite request, Parser<A> parser) throws Exception {
        return all(rig.client(), method, request, parser).get(0);
    }

    private static <A> List<A> all(RawGrpcClient by, String method, MessageLite request, Parser<A> parser)
            throws Exception {
        Future<List<A>> answer = by.call(method, request, parser);
        return answer.await(20, TimeUnit.SECONDS);
    }

    private SendMessageResponse send(Message... messages) throws Exception {
        return call(
                "SendMessage",
                SendMessageRequest.newBuilder()
                        .addAllMessages(List.of(messages))
                        .build(),
                SendMessageResponse.parser());
    }

    private Code route(RawGrpcClient by, String topic) throws Exception {
        QueryRouteRequest request =
                QueryRouteRequest.newBuilder().setTopic(named(topic)).build();
        return all(by, "QueryRoute", request, QueryRouteResponse.parser())
                .get(0)
                .getStatus()
                .getCode();
    }

    @Test
    void routesAreOfTopicsThatAreThere() throws Exception {
        assertThat(route(rig.client(), "T")).isEqualTo(Code.OK);
        assertThat(route(rig.client(), "nope")).isEqualTo(Code.TOPIC_NOT_FOUND);
        assertThat(route(rig.client(), "no pe")).isEqualTo(Code.ILLEGAL_TOPIC);
        assertThat(route(rig.client(), "TBW102")).isEqualTo(Code.ILLEGAL_TOPIC);
        assertThat(route(rig.client("", Map.of()), "T")).isEqualTo(Code.CLIENT_ID_REQUIRED);
    }

    @Test
    void assignmentsNameNoQueueUnlessTheGroupIsInOrder() throws Exception {
        QueryAssignmentResponse all = call(
                "QueryAssignment",
                QueryAssignmentRequest.newBuilder()
                        .setTopic(named("T"))
                        .setGroup(named("g"))
                        .build(),
                QueryAssignmentResponse.parser());
        assertThat(all.getStatus().getCode()).isEqualTo(Code.OK);
        assertThat(all.getAssignmentsList())
                .extracting(each -> each.getMessageQueue().getId())
                .containsExactly(-1);
        QueryAssignmentResponse illegal = call(
                "QueryAssignment",
                QueryAssignmentRequest.newBuilder()
                        .setTopic(named("T"))
                        .setGroup(named("CID_RMQ_SYS_x"))
                        .build(),
                QueryAssignmentResponse.parser());
        assertThat(illegal.getStatus().getCode()).isEqualTo(Code.ILLEGAL_CONSUMER_GROUP);
    }

    @Test
    void aSendIsOneRequestToTheBroker() throws Exception {
        rig.broker().stores(7, "7F00000100002A9F0000000000001267");
        SendMessageResponse sent = send(message("T", ""));
        assertThat(sent.getStatus().getCode()).isEqualTo(Code.OK);
        assertThat(sent.getEntries(0).getOffset()).isEqualTo(7);
        assertThat(sent.getEntries(0).getMessageId()).isEqualTo("01ID");
        assertThat(rig.broker().requests(RequestCode.SEND_MESSAGE_V2))
                .singleElement()
                .asString()
                .contains("b=T", "UNIQ_KEY\u000101ID", "the body");
    }

    @Test
    void sendsThatCannotBeServedAreRefused() throws Exception {
        assertThat(send().getStatus().getCode()).isEqualTo(Code.MESSAGE_CORRUPTED);
        assertThat(send(message("T", ""), message("Other", "")).getStatus().getCode())
                .isEqualTo(Code.MESSAGE_CORRUPTED);
        assertThat(send(message("T", "a-group")).getStatus().getCode())
                .isEqualTo(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE);
        assertThat(send(message("nope", "")).getStatus().getCode()).isEqualTo(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE);
        rig.broker().answer(RequestCode.SEND_MESSAGE_V2, ResponseCode.SYSTEM_BUSY);
        assertThat(send(message("T", "")).getStatus().getCode()).isEqualTo(Code.TOO_MANY_REQUESTS);
        rig.broker().answer(RequestCode.SEND_MESSAGE_V2, ResponseCode.FLUSH_DISK_TIMEOUT);
        assertThat(send(message("T", "")).getStatus().getCode()).isEqualTo(Code.MASTER_PERSISTENCE_TIMEOUT);
    }

    @Test
    void aMessageOfABatchIsNotCutShortByItsProperties() throws Exception {
        rig.broker().answer(RequestCode.SEND_BATCH_MESSAGE, ResponseCode.SUCCESS);
        Message.Builder large = message("T", "").toBuilder();
        large.getSystemPropertiesBuilder().setMessageId("x".repeat(1 << 16));
        assertThat(send(large.build(), message("T", "")).getStatus().getCode())
                .isEqualTo(Code.MESSAGE_PROPERTIES_TOO_LARGE);
        assertThat(rig.broker().requests(RequestCode.SEND_BATCH_MESSAGE)).isEmpty();
        assertThat(send(message("T", ""), message("T", "")).getStatus().getCode())
                .isEqualTo(Code.OK);
    }

    private Code acknowledge(String receipt) throws Exception {
        AckMessageResponse response = call(
                "AckMessage",
                AckMessageRequest.newBuilder()
                        .setTopic(named("T"))
                        .setGroup(named("g"))
                        .addEntries(AckMessageEntry.newBuilder()
                                .setMessageId("01ID")
                                .setReceiptHandle(receipt))
                        .build(),
                AckMessageResponse.parser());
        assertThat(response.getEntries(0).getStatus().getCode())
                .isEqualTo(response.getStatus().getCode());
        return response.getStatus().getCode();
    }

    @Test
    void anAcknowledgementCountsIfTheBrokerSaysSo() throws Exception {
        rig.broker().answer(RequestCode.ACK_MESSAGE, ResponseCode.SUCCESS);
        assertThat(acknowledge(OLD)).isEqualTo(Code.OK);
        assertThat(rig.broker().requests(RequestCode.ACK_MESSAGE))
                .singleElement()
                .asString()
                .contains("consumerGroup=g", "topic=T", "queueId=0", "extraInfo=" + OLD);
        rig.broker().answer(RequestCode.ACK_MESSAGE, ResponseCode.NO_MESSAGE);
        assertThat(acknowledge(OLD)).isEqualTo(Code.INVALID_RECEIPT_HANDLE);
        assertThat(acknowledge(MADE_UP)).isEqualTo(Code.INTERNAL_SERVER_ERROR);
        assertThat(acknowledge("x y")).isEqualTo(Code.INTERNAL_SERVER_ERROR);
        assertThat(acknowledge(OLD.replace(" a ", " elsewhere "))).isEqualTo(Code.INVALID_RECEIPT_HANDLE);
    }

    @Test
    void anAcknowledgementOfUnknownOutcomeIsRepeated() throws Exception {
        rig.broker().answer(RequestCode.ACK_MESSAGE, ResponseCode.SYSTEM_ERROR);
        assertThat(acknowledge(OLD)).isEqualTo(Code.INTERNAL_SERVER_ERROR);
        assertThat(rig.broker().requests(RequestCode.ACK_MESSAGE)).hasSize(3);
    }

    private Code change(String receipt, long invisibleMs) throws Exception {
        ChangeInvisibleDurationRequest request = ChangeInvisibleDurationRequest.newBuilder()
                .setTopic(named("T"))
                .setGroup(named("g"))
                .setReceiptHandle(receipt)
                .setInvisibleDuration(Times.duration(invisibleMs))
                .build();
        return call("ChangeInvisibleDuration", request, ChangeInvisibleDurationResponse.parser())
                .getStatus()
                .getCode();
    }

    @Test
    void changesOfInvisibleTimeAreBounded() throws Exception {
        rig.broker().answer(RequestCode.CHANGE_MESSAGE_INVISIBLETIME, ResponseCode.NO_MESSAGE);
        assertThat(change(OLD, 10_000)).isEqualTo(Code.INVALID_RECEIPT_HANDLE);
        assertThat(change("x", 10_000)).isEqualTo(Code.INTERNAL_SERVER_ERROR);
        assertThat(change("x", -1)).isEqualTo(Code.ILLEGAL_INVISIBLE_TIME);
        assertThat(change("x", 43_201_000)).isEqualTo(Code.ILLEGAL_INVISIBLE_TIME);
    }

    private Code bury(String receipt) throws Exception {
        return call(
                        "ForwardMessageToDeadLetterQueue",
                        ForwardMessageToDeadLetterQueueRequest.newBuilder()
                                .setTopic(named("T"))
                                .setGroup(named("g"))
                                .setReceiptHandle(receipt)
                                .build(),
                        ForwardMessageToDeadLetterQueueResponse.parser())
                .getStatus()
                .getCode();
    }

    @Test
    void aDeadLetterIsGivenBackAndAcknowledged() throws Exception {
        rig.broker().answer(RequestCode.CONSUMER_SEND_MSG_BACK, ResponseCode.SUCCESS);
        rig.broker().answer(RequestCode.ACK_MESSAGE, ResponseCode.SUCCESS);
        assertThat(bury("0 1000 1000 0 0 a 0 0 4711")).isEqualTo(Code.OK);
        assertThat(rig.broker().requests(RequestCode.CONSUMER_SEND_MSG_BACK))
                .singleElement()
                .asString()
                .contains("offset=4711", "delayLevel=-1", "maxReconsumeTimes=0");
        assertThat(rig.broker().requests(RequestCode.ACK_MESSAGE)).hasSize(1);
        assertThat(bury("0 1000 1000 0 0 a 0 0")).isEqualTo(Code.INVALID_RECEIPT_HANDLE);
        assertThat(bury("x")).isEqualTo(Code.INTERNAL_SERVER_ERROR);
    }

    private Code end(String transactionId) throws Exception {
        return end(transactionId, TransactionResolution.COMMIT);
    }

    private Code end(String transactionId, TransactionResolution resolution) throws Exception {
        EndTransactionRequest request = EndTransactionRequest.newBuilder()
                .setTopic(named("T"))
                .setTransactionId(transactionId)
                .setResolution(resolution)
                .build();
        return call("EndTransaction", request, EndTransactionResponse.parser())
                .getStatus()
                .getCode();
    }

    @Test
    void aTransactionEndsWhereItsIdLeads() throws Exception {
        rig.broker().answer(RequestCode.END_TRANSACTION, ResponseCode.SUCCESS);
        assertThat(end(new TransactionId("01ID", "a", 7, 4711).text())).isEqualTo(Code.OK);
        assertThat(rig.broker().requests(RequestCode.END_TRANSACTION))
                .singleElement()
                .asString()
                .contains("commitLogOffset=4711", "tranStateTableOffset=7", "commitOrRollback=8", "transactionId=01ID");
        assertThat(end("")).isEqualTo(Code.INVALID_TRANSACTION_ID);
        assertThat(end("abc")).isEqualTo(Code.INTERNAL_SERVER_ERROR);
        assertThat(end(
                        new TransactionId("01ID", "a", 7, 4711).text(),
                        TransactionResolution.TRANSACTION_RESOLUTION_UNSPECIFIED))
                .isEqualTo(Code.INTERNAL_SERVER_ERROR);
    }

    @Test
    void onlyDelayedMessagesAreRecalled() throws Exception {
        RecallMessageRequest request = RecallMessageRequest.newBuilder()
                .setTopic(named("T"))
                .setRecallHandle("abc")
                .build();
        assertThat(call("RecallMessage", request, RecallMessageResponse.parser())
                        .getStatus()
                        .getCode())
                .isEqualTo(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE);
    }

    @Test
    void aClientThatSaidNothingOfItselfHasNoHeartbeat() throws Exception {
        HeartbeatRequest request =
                HeartbeatRequest.newBuilder().setGroup(named("g")).build();
        assertThat(call("Heartbeat", request, HeartbeatResponse.parser())
                        .getStatus()
                        .getCode())
                .isEqualTo(Code.UNRECOGNIZED_CLIENT_TYPE);
    }

    private List<ReceiveMessageResponse> receive(String topic, long invisibleMs) throws Exception {
        return all(
                rig.client(),
                "ReceiveMessage",
                GrpcRig.receive(topic, invisibleMs).build(),
                ReceiveMessageResponse.parser());
    }

    @Test
    void aReceiveEndsWithStatusAndTime() throws Exception {
        rig.broker().answer(RequestCode.POP_MESSAGE, ResponseCode.POLLING_TIMEOUT);
        List<ReceiveMessageResponse> nothing = receive("T", 15_000);
        assertThat(nothing).hasSize(2);
        assertThat(nothing.get(0).getStatus().getCode()).isEqualTo(Code.MESSAGE_NOT_FOUND);
        assertThat(nothing.get(1).hasDeliveryTimestamp()).isTrue();
        rig.broker().answer(RequestCode.POP_MESSAGE, ResponseCode.POLLING_FULL);
        assertThat(receive("T", 15_000).get(0).getStatus().getCode()).isEqualTo(Code.TOO_MANY_REQUESTS);
        assertThat(receive("T", 1_000).get(0).getStatus().getCode()).isEqualTo(Code.ILLEGAL_INVISIBLE_TIME);
        assertThat(receive("nope", 15_000).get(0).getStatus().getCode()).isEqualTo(Code.TOPIC_NOT_FOUND);
    }

    @Test
    void aReceiveOfWhatIsNoAnswerToAPopEndsToo() throws Exception {
        rig.broker().answer(RequestCode.POP_MESSAGE, ResponseCode.SUCCESS);
        List<ReceiveMessageResponse> answer = receive("T", 15_000);
        assertThat(answer).hasSize(2);
        assertThat(answer.get(0).getStatus().getCode()).isEqualTo(Code.INTERNAL_SERVER_ERROR);
        assertThat(answer.get(1).hasDeliveryTimestamp()).isTrue();
    }
}
