package io.vledger.grpc.client;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.PrintThreadStackTraceCommand;
import apache.rocketmq.v2.RecoverOrphanedTransactionCommand;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.TelemetryCommand;
import apache.rocketmq.v2.VerifyMessageCommand;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.grpc.message.StoredMessage;
import io.vledger.grpc.message.TransactionId;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonWriter;
import io.vledger.protocol.message.MessageView;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What brokers ask one client, put to it over its stream: what became of a transaction (39), a picture of its threads (307), to consume one
 * message (309). Its answers come over the stream, too.
 */
public final class BrokerRequests {
    private static final int TIMEOUT_MS = 5_000;
    private static final int MAX_WAITING = 1_000;

    private final Vertx vertx;
    private final Map<String, Promise<TelemetryCommand>> waiting = new HashMap<>();
    private @Nullable Client client;

    /** Nobody is asked yet. */
    public BrokerRequests(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Asks this client from now on. */
    public void of(Client asked) {
        client = asked;
    }

    /** Has brokers' requests served. */
    public void register(Handlers handlers) {
        handlers.replace(RequestCode.CHECK_TRANSACTION_STATE, this::checkTransaction);
        handlers.replace(RequestCode.GET_CONSUMER_RUNNING_INFO, this::runningInfo);
        handlers.replace(RequestCode.CONSUME_MESSAGE_DIRECTLY, this::consume);
        // Queues are not divided among these clients, so that they need not hear of each other.
        handlers.replace(RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, request -> request.reply(ResponseCode.SUCCESS, null));
        handlers.replace(
                RequestCode.RESET_CONSUMER_CLIENT_OFFSET, request -> request.reply(ResponseCode.SUCCESS, null));
    }

    private boolean ask(TelemetryCommand command) {
        Client asked = client;
        return asked != null && asked.ask(command);
    }

    private void checkTransaction(RpcRequest request) {
        StoredMessage half = message(request);
        String broker = request.fields().text("bname");
        if (half == null || broker == null) {
            request.reply(ResponseCode.SYSTEM_ERROR, "a check without a half message");
            return;
        }
        TransactionId id = new TransactionId(
                half.messageId(),
                broker,
                request.fields().requiredLong("tranStateTableOffset"),
                request.fields().requiredLong("commitLogOffset"));
        boolean asked = ask(TelemetryCommand.newBuilder()
                .setRecoverOrphanedTransactionCommand(RecoverOrphanedTransactionCommand.newBuilder()
                        .setTransactionId(id.text())
                        .setMessage(half.toProto(null, half.reconsumeTimes())))
                .build());
        request.reply(asked ? ResponseCode.SUCCESS : ResponseCode.SYSTEM_ERROR, null);
    }

    private void runningInfo(RpcRequest request) {
        if (!request.fields().flag("jstackEnable", false)) {
            request.replyBody(runningInfo(""));
            return;
        }
        wait(
                request,
                nonce -> TelemetryCommand.newBuilder()
                        .setPrintThreadStackTraceCommand(
                                PrintThreadStackTraceCommand.newBuilder().setNonce(nonce))
                        .build(),
                answer -> {
                    String trace = answer.getThreadStackTrace().getThreadStackTrace();
                    if (answer.getStatus().getCode() == Code.OK) {
                        request.replyBody(runningInfo(trace));
                    } else {
                        request.reply(
                                ResponseCode.SYSTEM_ERROR, answer.getStatus().getMessage());
                    }
                });
    }

    private static byte[] runningInfo(String stacks) {
        JsonWriter json = JsonWriter.create();
        json.beginObject().field("jstack", stacks);
        for (String table : new String[] {"mqTable", "properties", "statusTable"}) {
            json.key(table).beginObject().endObject();
        }
        return json.key("subscriptionSet").beginArray().endArray().endObject().toBytes();
    }

    private void consume(RpcRequest request) {
        StoredMessage message = message(request);
        if (message == null) {
            request.reply(ResponseCode.SYSTEM_ERROR, "no message to consume");
            return;
        }
        wait(
                request,
                nonce -> TelemetryCommand.newBuilder()
                        .setVerifyMessageCommand(VerifyMessageCommand.newBuilder()
                                .setNonce(nonce)
                                .setMessage(message.toProto(null, message.reconsumeTimes())))
                        .build(),
                answer -> request.replyBody(result(answer.getStatus())));
    }

    private static byte[] result(Status status) {
        String result =
                switch (status.getCode()) {
                    case OK -> "CR_SUCCESS";
                    case FAILED_TO_CONSUME_MESSAGE -> "CR_LATER";
                    case MESSAGE_CORRUPTED -> "CR_RETURN_NULL";
                    default -> "CR_THROW_EXCEPTION";
                };
        return JsonWriter.create()
                .beginObject()
                .field("autoCommit", true)
                .field("consumeResult", result)
                .field("order", false)
                .field("remark", "from gRPC client")
                .field("spentTimeMills", 0)
                .endObject()
                .toBytes();
    }

    private static @Nullable StoredMessage message(RpcRequest request) {
        byte[] body = ByteBufUtil.getBytes(request.body());
        MessageView view = new MessageView();
        return view.wrap(Unpooled.wrappedBuffer(body), 0, body.length) == null ? new StoredMessage(view, body) : null;
    }

    /**
     * Asks the client, and waits for its answer.
     *
     * @param command made of the nonce by which the answer is known
     */
    private void wait(
            RpcRequest request, Function<String, TelemetryCommand> command, Consumer<TelemetryCommand> answered) {
        String nonce = UUID.randomUUID().toString();
        Promise<TelemetryCommand> answer = Promise.promise();
        if (waiting.size() >= MAX_WAITING || !ask(command.apply(nonce))) {
            request.reply(ResponseCode.CONSUMER_NOT_ONLINE, "the client cannot be asked at the moment");
            return;
        }
        waiting.put(nonce, answer);
        long timer = vertx.setTimer(TIMEOUT_MS, id -> answer.tryFail("the client did not answer in time"));
        answer.future().onComplete(done -> {
            waiting.remove(nonce);
            vertx.cancelTimer(timer);
            if (done.succeeded()) {
                answered.accept(done.result());
            } else {
                request.reply(ResponseCode.CONSUME_MSG_TIMEOUT, done.cause().getMessage());
            }
        });
    }

    /** The client has answered over its stream. */
    public void answered(String nonce, TelemetryCommand answer) {
        Promise<TelemetryCommand> asked = waiting.get(nonce);
        if (asked != null) {
            asked.tryComplete(answer);
        }
    }
}
