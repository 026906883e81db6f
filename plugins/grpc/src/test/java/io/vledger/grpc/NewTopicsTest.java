package io.vledger.grpc;

import static io.vledger.grpc.GrpcRig.message;
import static io.vledger.grpc.GrpcRig.named;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.EndTransactionRequest;
import apache.rocketmq.v2.EndTransactionResponse;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.QueryAssignmentRequest;
import apache.rocketmq.v2.QueryAssignmentResponse;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.QueryRouteResponse;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SendMessageResponse;
import apache.rocketmq.v2.SystemProperties;
import apache.rocketmq.v2.TransactionResolution;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.vledger.grpc.message.TransactionId;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The first call of a client for a topic whose creation was answered a moment ago, to a member that does not lead, has not learnt of it, and
 * has no name server: it is served as by the leader.
 */
@Timeout(60)
class NewTopicsTest {
    @RegisterExtension
    final GrpcRig rig = new GrpcRig();

    private final FakeBroker leader = new FakeBroker(rig.vertx());

    @BeforeEach
    void lead() throws Exception {
        leader.listen().await(20, TimeUnit.SECONDS);
        leader.answer(RequestCode.GET_TOPIC_CONFIG, ResponseCode.TOPIC_NOT_EXIST);
        rig.broker().follows(leader);
        rig.broker().stores(7, "7F00000100002A9F0000000000001267");
    }

    @AfterEach
    void close() throws Exception {
        leader.rpc().close().await(20, TimeUnit.SECONDS);
    }

    private void create(String type) {
        leader.answer(
                RequestCode.GET_TOPIC_CONFIG,
                "{\"topicName\":\"New\",\"readQueueNums\":2,\"writeQueueNums\":2,\"perm\":6,\"attributes\":{\"message.type\":\""
                        + type + "\"}}");
    }

    private <A> A call(String method, MessageLite request, Parser<A> parser) throws Exception {
        return rig.client().answer(method, request, parser);
    }

    private Code send(SystemProperties.Builder system) throws Exception {
        SendMessageRequest request = SendMessageRequest.newBuilder()
                .addMessages(message("New", "").toBuilder().setSystemProperties(system.setMessageId("01ID")))
                .build();
        SendMessageResponse response = call("SendMessage", request, SendMessageResponse.parser());
        return response.getStatus().getCode();
    }

    @Test
    void aMessageIsSentAndItsKindIsChecked() throws Exception {
        assertThat(send(SystemProperties.newBuilder()))
                .as("nobody has it")
                .isEqualTo(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE);
        create("NORMAL");
        assertThat(send(SystemProperties.newBuilder())).isEqualTo(Code.OK);
        assertThat(rig.broker().requests(RequestCode.SEND_MESSAGE_V2))
                .as("to the member here, which forwards it")
                .singleElement()
                .asString()
                .contains("b=New", "the body");
    }

    @Test
    void aMessageInOrderIsTakenByATopicForSuch() throws Exception {
        create("FIFO");
        assertThat(send(SystemProperties.newBuilder())).isEqualTo(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE);
        assertThat(send(SystemProperties.newBuilder()
                        .setMessageType(MessageType.FIFO)
                        .setMessageGroup("one")))
                .isEqualTo(Code.OK);
    }

    @Test
    void aTransactionBeginsAndEnds() throws Exception {
        rig.broker().answer(RequestCode.END_TRANSACTION, ResponseCode.SUCCESS);
        create("TRANSACTION");
        EndTransactionRequest end = EndTransactionRequest.newBuilder()
                .setTopic(named("New"))
                .setTransactionId(new TransactionId("01ID", "a", 7, 4711).text())
                .setResolution(TransactionResolution.COMMIT)
                .build();
        assertThat(call("EndTransaction", end, EndTransactionResponse.parser())
                        .getStatus()
                        .getCode())
                .isEqualTo(Code.OK);
        assertThat(send(SystemProperties.newBuilder().setMessageType(MessageType.TRANSACTION)))
                .isEqualTo(Code.OK);
    }

    @Test
    void aConsumerIsGivenItsRouteAndReceives() throws Exception {
        rig.broker().answer(RequestCode.POP_MESSAGE, ResponseCode.POLLING_TIMEOUT);
        create("NORMAL");
        assertThat(call("ReceiveMessage", GrpcRig.receive("New", 15_000).build(), ReceiveMessageResponse.parser())
                        .getStatus()
                        .getCode())
                .isEqualTo(Code.MESSAGE_NOT_FOUND);
        QueryAssignmentRequest assignment = QueryAssignmentRequest.newBuilder()
                .setTopic(named("New"))
                .setGroup(named("g"))
                .build();
        assertThat(call("QueryAssignment", assignment, QueryAssignmentResponse.parser())
                        .getAssignmentsList())
                .hasSize(1);
        QueryRouteRequest route =
                QueryRouteRequest.newBuilder().setTopic(named("New")).build();
        assertThat(call("QueryRoute", route, QueryRouteResponse.parser()).getMessageQueuesList())
                .hasSize(2);
    }
}
