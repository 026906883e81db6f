package io.vledger.grpc;

import static io.vledger.grpc.GrpcRig.named;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Publishing;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.TelemetryCommand;
import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.MessageDraft;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients that cancel, or whose deadline passes, while their call is served. */
@Timeout(60)
class AbandonedCallsTest {
    @RegisterExtension
    final GrpcRig rig = new GrpcRig();

    /** The broker answers once the server has seen that the client is gone: another call on the connection is served behind that. */
    private void abandon(String method, MessageLite request, int code) throws Exception {
        FakeBroker.WaitingRequest held = rig.broker().holds(code);
        rig.client().callAndReset(method, request, held.came()).await(20, TimeUnit.SECONDS);
        rig.client().roundTrip().await(20, TimeUnit.SECONDS);
        held.answer(ResponseCode.SYSTEM_BUSY).await(20, TimeUnit.SECONDS);
        rig.client().roundTrip().await(20, TimeUnit.SECONDS);
        assertThat(rig.unexpected()).isEmpty();
    }

    @Test
    void anAnswerToASendThatNobodyWaitsForIsDropped() throws Exception {
        abandon(
                "SendMessage",
                SendMessageRequest.newBuilder()
                        .addMessages(GrpcRig.message("T", ""))
                        .build(),
                RequestCode.SEND_MESSAGE_V2);
    }

    @Test
    void anAnswerToAReceiveThatNobodyWaitsForIsDropped() throws Exception {
        abandon("ReceiveMessage", GrpcRig.receive("T", 15_000).build(), RequestCode.POP_MESSAGE);
    }

    @Test
    void aClientThatReadsNothingIsNotAskedMoreThanItTakes() throws Exception {
        Future<?> refused = rig.broker()
                .asksUntil(ResponseCode.CONSUMER_NOT_ONLINE, 20, RequestCode.CONSUME_MESSAGE_DIRECTLY, largeMessage());
        rig.client()
                .openUnread(
                        "Telemetry",
                        TelemetryCommand.newBuilder()
                                .setSettings(Settings.newBuilder()
                                        .setPublishing(Publishing.newBuilder().addTopics(named("T"))))
                                .build())
                .await(20, TimeUnit.SECONDS);
        refused.await(20, TimeUnit.SECONDS);
        assertThat(rig.unexpected()).isEmpty();
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
