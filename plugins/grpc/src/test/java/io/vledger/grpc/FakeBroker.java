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
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A group of this process whose broker gives the answers that a test sets, over the real remoting; and those beside it. */
final class FakeBroker {
    private static final int ASK_MS = 30_000;

    private final RemotingRpc rpc;
    private final String group;
    private final GroupConfig config;
    private final List<FakeBroker> beside = new ArrayList<>();
    private final List<String> nameServers = new ArrayList<>();
    private final Handlers handlers = new HandlerTable();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final FakeRoutes routes;

    /** Of a group a with the topics T and Other. */
    FakeBroker(Vertx vertx) {
        this(new RemotingRpc(vertx, Limits.STANDARD, HandlerTable::new), "a", "T", "Other");
    }

    private FakeBroker(RemotingRpc rpc, String group, String... topics) {
        this.rpc = rpc;
        this.group = group;
        routes = new FakeRoutes(group, "n0", topics);
        config = GroupConfig.builder(group, Path.of("unused"))
                .host("127.0.0.1")
                .bindHost("127.0.0.1")
                .port(FreePorts.next())
                .build();
        answer(RequestCode.HEART_BEAT, ResponseCode.SUCCESS);
        answer(RequestCode.UNREGISTER_CLIENT, ResponseCode.SUCCESS);
        answer(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    }

    /** Another group of its process with these topics; made before it listens. */
    FakeBroker beside(String other, String... topics) {
        FakeBroker made = new FakeBroker(rpc, other, topics);
        beside.add(made);
        return made;
    }

    /** Another process serves the routes of all topics; said before this one listens. */
    void asks(FakeBroker nameServer) {
        nameServers.add(nameServer.address());
    }

    /** Where it is reached. */
    String address() {
        return "127.0.0.1:" + config.port();
    }

    /** It follows from now on; the leader is another process. */
    void follows(FakeBroker leader) {
        routes.ledElsewhere("n1", leader.address());
    }

    Future<?> listen() {
        List<Future<?>> all = new ArrayList<>(List.of(listenAlone()));
        beside.forEach(each -> all.add(each.listenAlone()));
        return Future.join(all);
    }

    private Future<RpcServer> listenAlone() {
        return rpc.listen("broker/" + group, config.bindHost(), config.port(), handlers);
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

    List<String> nameServers() {
        return nameServers;
    }

    Map<String, GroupConfig> groups() {
        Map<String, GroupConfig> all = new TreeMap<>(Map.of(group, config));
        beside.forEach(each -> all.put(each.group, each.config));
        return all;
    }

    Map<String, RouteSource> routes() {
        Map<String, RouteSource> all = new TreeMap<>(Map.of(group, routes));
        beside.forEach(each -> all.put(each.group, each.routes));
        return all;
    }
}
