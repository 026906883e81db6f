package io.vledger.grpc;

import static io.vledger.grpc.GrpcRig.named;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import apache.rocketmq.v2.ClientType;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.FilterExpression;
import apache.rocketmq.v2.Publishing;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.Subscription;
import apache.rocketmq.v2.SubscriptionEntry;
import apache.rocketmq.v2.TelemetryCommand;
import apache.rocketmq.v2.ThreadStackTrace;
import apache.rocketmq.v2.VerifyMessageResult;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.Json;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What brokers ask clients, which answer over their stream of commands. */
@Timeout(60)
class AskedClientsTest {
    private static final byte[] MESSAGE = ByteBufUtil.getBytes(ReceivedMessagesTest.stored(7, "a", 2));

    @RegisterExtension
    final GrpcRig rig = new GrpcRig();

    private static TelemetryCommand consumer() {
        return TelemetryCommand.newBuilder()
                .setSettings(Settings.newBuilder()
                        .setClientType(ClientType.PUSH_CONSUMER)
                        .setSubscription(Subscription.newBuilder()
                                .setGroup(named("g"))
                                .addSubscriptions(SubscriptionEntry.newBuilder()
                                        .setTopic(named("T"))
                                        .setExpression(
                                                FilterExpression.newBuilder().setExpression("*")))))
                .build();
    }

    private static TelemetryCommand.Builder status(Code code) {
        return TelemetryCommand.newBuilder()
                .setStatus(Status.newBuilder().setCode(code).setMessage("the client says so"));
    }

    private RpcAnswer ask(
            int code, FieldWriter fields, byte[] body, Function<TelemetryCommand, @Nullable TelemetryCommand> answers)
            throws Exception {
        Future<RpcAnswer> answer = rig.broker().asks(code, fields, body);
        rig.client().converse(consumer(), answers).await(20, TimeUnit.SECONDS);
        return answer.await(20, TimeUnit.SECONDS);
    }

    private RpcAnswer stacks(Code code) throws Exception {
        return ask(
                RequestCode.GET_CONSUMER_RUNNING_INFO,
                fields -> fields.put("jstackEnable", true),
                new byte[0],
                command -> command.hasPrintThreadStackTraceCommand()
                        ? status(code)
                                .setThreadStackTrace(ThreadStackTrace.newBuilder()
                                        .setNonce(command.getPrintThreadStackTraceCommand()
                                                .getNonce())
                                        .setThreadStackTrace("at work"))
                                .build()
                        : null);
    }

    @Test
    void aConsumerPrintsItsStacks() throws Exception {
        RpcAnswer answer = stacks(Code.OK);
        assertThat(answer.code()).isEqualTo(ResponseCode.SUCCESS);
        assertThat(Json.readObject(answer.body()).get("jstack")).isEqualTo("at work");
    }

    @Test
    void aConsumerThatCannotPrintItsStacksSaysWhy() throws Exception {
        RpcAnswer answer = stacks(Code.INTERNAL_ERROR);
        assertThat(answer.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(answer.remark()).isEqualTo("the client says so");
    }

    private Object consumed(Code code) throws Exception {
        RpcAnswer answer = ask(
                RequestCode.CONSUME_MESSAGE_DIRECTLY,
                FieldWriter.NONE,
                MESSAGE,
                command -> command.getVerifyMessageCommand()
                                .getMessage()
                                .getBody()
                                .toStringUtf8()
                                .equals("m7")
                        ? status(code)
                                .setVerifyMessageResult(VerifyMessageResult.newBuilder()
                                        .setNonce(command.getVerifyMessageCommand()
                                                .getNonce()))
                                .build()
                        : null);
        return String.valueOf(Json.readObject(answer.body()).get("consumeResult"));
    }

    @Test
    void aConsumerVerifiesAMessage() throws Exception {
        assertThat(Map.ofEntries(
                        entry(Code.OK, consumed(Code.OK)),
                        entry(Code.FAILED_TO_CONSUME_MESSAGE, consumed(Code.FAILED_TO_CONSUME_MESSAGE)),
                        entry(Code.MESSAGE_CORRUPTED, consumed(Code.MESSAGE_CORRUPTED))))
                .containsOnly(
                        entry(Code.OK, "CR_SUCCESS"),
                        entry(Code.FAILED_TO_CONSUME_MESSAGE, "CR_LATER"),
                        entry(Code.MESSAGE_CORRUPTED, "CR_RETURN_NULL"));
    }

    @Test
    void aProducerIsAskedForTheOutcomeOfItsTransaction() throws Exception {
        Future<RpcAnswer> answer = rig.broker()
                .asks(
                        RequestCode.CHECK_TRANSACTION_STATE,
                        fields -> fields.put("bname", "a")
                                .put("tranStateTableOffset", 3)
                                .put("commitLogOffset", 4711),
                        MESSAGE);
        Promise<TelemetryCommand> asked = Promise.promise();
        TelemetryCommand producer = TelemetryCommand.newBuilder()
                .setSettings(Settings.newBuilder()
                        .setClientType(ClientType.PRODUCER)
                        .setPublishing(Publishing.newBuilder().addTopics(named("T"))))
                .build();
        rig.client()
                .converse(producer, command -> {
                    if (command.hasRecoverOrphanedTransactionCommand()) {
                        asked.tryComplete(command);
                    }
                    return null;
                })
                .await(20, TimeUnit.SECONDS);
        assertThat(answer.await(20, TimeUnit.SECONDS).code()).isEqualTo(ResponseCode.SUCCESS);
        var command = asked.future().await(20, TimeUnit.SECONDS).getRecoverOrphanedTransactionCommand();
        assertThat(command.getMessage().getBody().toStringUtf8()).isEqualTo("m7");
        assertThat(command.getTransactionId()).isNotEmpty();
    }
}
