package io.vledger.grpc;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vledger.api.group.RouteSource;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.rpc.RpcServer;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.connection.Limits;
import io.vledger.remoting.connection.RemotingRpc;
import io.vledger.testkit.FreePorts;
import io.vledger.testkit.fake.FakeRoutes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A group of this process whose broker gives the answers that a test sets, over the real remoting. */
final class FakeBroker {
    private static final int ASK_MS = 30_000;

    private final RemotingRpc rpc;
    private final GroupConfig config;
    private final Handlers handlers = new HandlerTable();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final FakeRoutes routes = new FakeRoutes("a", "n0", "T", "Other");

    FakeBroker(Vertx vertx) {
        rpc = new RemotingRpc(vertx, Limits.STANDARD, HandlerTable::new);
        config = GroupConfig.builder("a", Path.of("unused"))
                .host("127.0.0.1")
                .bindHost("127.0.0.1")
                .port(FreePorts.next())
                .build();
        answer(RequestCode.HEART_BEAT, ResponseCode.SUCCESS);
        answer(RequestCode.UNREGISTER_CLIENT, ResponseCode.SUCCESS);
        answer(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    }

    /** It follows from now on; the leader is another process. */
    void follows(FakeBroker leader) {
        routes.ledElsewhere("n1", "127.0.0.1:" + leader.config.port());
    }

    Future<RpcServer> listen() {
        return rpc.listen("broker/a", config.bindHost(), config.port(), handlers);
    }

    /** From now on a request code is answered with a code. */
    void answer(int code, int answer) {
        handlers.replace(code, request -> {
            note(request);
            request.reply(answer, answer == ResponseCode.SUCCESS ? null : "the broker says " + answer);
        });
    }

    /** From now on a request code is answered with a text. */
    void answer(int code, String body) {
        handlers.replace(code, request -> {
            note(request);
            request.replyBody(body.getBytes(StandardCharsets.UTF_8));
        });
    }

    /** From now on a request code is answered with fields and a body. */
    void answer(int code, FieldWriter fields, byte[] body) {
        handlers.replace(code, request -> {
            note(request);
            request.reply(ResponseCode.SUCCESS, null, fields, Unpooled.wrappedBuffer(body));
        });
    }

    /** Asks the next client that says what it is this often; completes when it has been answered with a code once. */
    Future<?> asksUntil(int answer, int times, int code, byte[] body) {
        Promise<Void> answered = Promise.promise();
        handlers.replace(RequestCode.HEART_BEAT, request -> {
            note(request);
            request.reply(ResponseCode.SUCCESS, null);
            for (int i = 0; i < times; i++) {
                request.connection()
                        .call(code, FieldWriter.NONE, Unpooled.wrappedBuffer(body), ASK_MS)
                        .onSuccess(got -> {
                            if (got.code() == answer) {
                                answered.tryComplete();
                            }
                        });
            }
        });
        return answered.future();
    }

    /** Asks the next client that says what it is; its answer. */
    Future<RpcAnswer> asks(int code, FieldWriter fields, byte[] body) {
        Promise<RpcAnswer> answer = Promise.promise();
        handlers.replace(RequestCode.HEART_BEAT, request -> {
            note(request);
            request.reply(ResponseCode.SUCCESS, null);
            request.connection()
                    .call(code, fields, Unpooled.wrappedBuffer(body), ASK_MS)
                    .onSuccess(answer::tryComplete)
                    .onFailure(answer::tryFail);
        });
        return answer.future();
    }

    /** A request that waits for its answer. */
    static final class WaitingRequest {
        private final Promise<RpcRequest> request = Promise.promise();

        /** It has come. */
        Future<?> came() {
            return request.future();
        }

        /** Answers it. */
        Future<?> answer(int code) {
            return request.future().onSuccess(held -> held.reply(code, null));
        }
    }

    /** The next request of a code waits. */
    WaitingRequest holds(int code) {
        WaitingRequest held = new WaitingRequest();
        handlers.replace(code, request -> {
            request.detach();
            held.request.complete(request);
        });
        return held;
    }

    /** From now on a half or whole message is stored at this place. */
    void stores(long queueOffset, String offsetMessageId) {
        handlers.replace(RequestCode.SEND_MESSAGE_V2, request -> {
            note(request);
            request.reply(
                    ResponseCode.SUCCESS,
                    null,
                    fields -> fields.put("msgId", offsetMessageId)
                            .put("queueId", 1)
                            .put("queueOffset", queueOffset),
                    null);
        });
    }

    private void note(RpcRequest request) {
        List<String> fields = new ArrayList<>();
        request.fields().forEach((name, value) -> fields.add(name + "=" + value));
        requests.add(request.code() + " " + fields + " "
                + new String(ByteBufUtil.getBytes(request.body()), StandardCharsets.UTF_8));
    }

    /** The requests of a code, as text. */
    List<String> requests(int code) {
        return requests.stream().filter(each -> each.startsWith(code + " ")).toList();
    }

    RemotingRpc rpc() {
        return rpc;
    }

    Map<String, GroupConfig> groups() {
        return Map.of("a", config);
    }

    Map<String, RouteSource> routes() {
        return Map.of("a", routes);
    }
}
