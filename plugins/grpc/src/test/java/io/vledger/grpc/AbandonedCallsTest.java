package io.vledger.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageQueue;
import apache.rocketmq.v2.Publishing;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.SystemProperties;
import apache.rocketmq.v2.TelemetryCommand;
import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vledger.api.audit.AuditLog;
import io.vledger.grpc.broker.BrokerLinks;
import io.vledger.grpc.call.CallGate;
import io.vledger.grpc.message.Times;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.MessageDraft;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that cancel, or whose deadline passes, while their call is served. */
@Timeout(60)
class AbandonedCallsTest {
    private final Vertx vertx = Vertx.vertx();
    private final FakeBroker broker = new FakeBroker(vertx);
    private final List<Throwable> unexpected = new CopyOnWriteArrayList<>();
    private RawGrpcClient client;

    @BeforeEach
    void listen() throws Exception {
        vertx.exceptionHandler(unexpected::add);
        CallGate gate = new CallGate(vertx, () -> FakeAccess.OPEN, AuditLog.NONE);
        client =
                new RawGrpcClient(vertx, TestServices.listen(vertx, broker, gate, BrokerLinks.Access.NONE), "client-1");
    }

    @AfterEach
    void close() throws Exception {
        broker.rpc().close().await(20, TimeUnit.SECONDS);
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    /** The broker answers once the server has seen that the client is gone: another call on the connection is served behind that. */
    private void abandon(String method, MessageLite request, int code) throws Exception {
        FakeBroker.WaitingRequest held = broker.holds(code);
        client.callAndReset(method, request, held.came()).await(20, TimeUnit.SECONDS);
        client.roundTrip().await(20, TimeUnit.SECONDS);
        held.answer(ResponseCode.SYSTEM_BUSY).await(20, TimeUnit.SECONDS);
        client.roundTrip().await(20, TimeUnit.SECONDS);
        assertThat(unexpected).isEmpty();
    }

    private static Resource named(String name) {
        return Resource.newBuilder().setName(name).build();
    }

    @Test
    void anAnswerToASendThatNobodyWaitsForIsDropped() throws Exception {
        abandon(
                "SendMessage",
                SendMessageRequest.newBuilder()
                        .addMessages(Message.newBuilder()
                                .setTopic(named("T"))
                                .setBody(ByteString.copyFromUtf8("the body"))
                                .setSystemProperties(
                                        SystemProperties.newBuilder().setMessageId("01ID")))
                        .build(),
                RequestCode.SEND_MESSAGE_V2);
    }

    @Test
    void anAnswerToAReceiveThatNobodyWaitsForIsDropped() throws Exception {
        abandon(
                "ReceiveMessage",
                ReceiveMessageRequest.newBuilder()
                        .setGroup(named("g"))
                        .setMessageQueue(MessageQueue.newBuilder().setTopic(named("T")))
                        .setBatchSize(1)
                        .setInvisibleDuration(Times.duration(15_000))
                        .build(),
                RequestCode.POP_MESSAGE);
    }

    @Test
    void aClientThatReadsNothingIsNotAskedMoreThanItTakes() throws Exception {
        Future<?> refused = broker.asksUntil(
                ResponseCode.CONSUMER_NOT_ONLINE, 20, RequestCode.CONSUME_MESSAGE_DIRECTLY, largeMessage());
        client.openUnread(
                        "Telemetry",
                        TelemetryCommand.newBuilder()
                                .setSettings(Settings.newBuilder()
                                        .setPublishing(Publishing.newBuilder().addTopics(named("T"))))
                                .build())
                .await(20, TimeUnit.SECONDS);
        refused.await(20, TimeUnit.SECONDS);
        assertThat(unexpected).isEmpty();
    }

    /** Larger than what may be sent to a client that takes nothing. */
    private static byte[] largeMessage() {
        byte[] host = HostBytes.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
        ByteBuf body = Unpooled.wrappedBuffer(new byte[1 << 18]);
        MessageDraft draft = new MessageDraft()
                .queue(0, 0)
                .sysFlag(0)
                .born(1, host)
                .stored(1, host)
                .reconsumeTimes(0)
                .preparedOffset(0)
                .topic("T".getBytes(StandardCharsets.UTF_8))
                .body(body, 0, body.readableBytes())
                .properties(Unpooled.EMPTY_BUFFER, 0, 0);
        ByteBuf stored = Unpooled.buffer();
        draft.write(stored, 0, 0);
        return ByteBufUtil.getBytes(stored);
    }
}
