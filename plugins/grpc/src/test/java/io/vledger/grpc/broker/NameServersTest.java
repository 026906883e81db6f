package io.vledger.grpc.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RpcServer;
import io.vledger.grpc.broker.NameServers.Found;
import io.vledger.grpc.broker.TopicRoute.BrokerQueues;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.connection.Limits;
import io.vledger.remoting.connection.RemotingRpc;
import io.vledger.testkit.FreePorts;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NameServersTest {
    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final RemotingRpc rpc = new RemotingRpc(vertx, Limits.STANDARD, HandlerTable::new);
    private final Handlers handlers = new HandlerTable();
    private final int dead = FreePorts.next();
    private int port;

    @AfterEach
    void close() throws Exception {
        rpc.close().await(20, TimeUnit.SECONDS);
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    private <T> T on(Supplier<Future<T>> task) throws Exception {
        Promise<T> done = Promise.promise();
        context.runOnContext(v -> task.get().onComplete(done));
        return done.future().await(20, TimeUnit.SECONDS);
    }

    /** One process that is name server and broker, behind one that is dead. */
    private Found find(String topic) throws Exception {
        RpcServer server = on(() -> rpc.listen("127.0.0.1", 0, handlers));
        port = server.port();
        NameServers nameServers = new NameServers(rpc, List.of("127.0.0.1:" + dead, "127.0.0.1:" + port));
        return on(() -> nameServers.find(topic));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aTopicOfAnotherNodeIsFoundWithTheTypeThatItsBrokerSays() throws Exception {
        handlers.register(
                RequestCode.GET_ROUTEINFO_BY_TOPIC,
                request -> request.replyBody(utf8(
                        """
                {"brokerDatas":[{"brokerName":"b","brokerAddrs":{"0":"127.0.0.1:%1$d","2":"127.0.0.1:1"}},
                {"brokerName":"b-standby","brokerAddrs":{"0":"127.0.0.1:1"}}],
                "queueDatas":[{"brokerName":"b","readQueueNums":3,"writeQueueNums":2,"perm":6},
                {"brokerName":"b-standby","readQueueNums":0,"writeQueueNums":2,"perm":2}]}"""
                                .formatted(port))));
        handlers.register(
                RequestCode.GET_TOPIC_CONFIG,
                request -> request.replyBody(utf8("{\"attributes\":{\"message.type\":\"FIFO\"}}")));
        Found found = find("T");
        assertThat(found.brokers()).containsExactly(new BrokerQueues("b", 3, 2, 6));
        assertThat(found.addresses()).containsEntry("b", "127.0.0.1:" + port);
        assertThat(found.messageType()).isEqualTo("FIFO");
    }

    @Test
    void aTopicThatNobodyKnowsIsNotFound() throws Exception {
        handlers.register(
                RequestCode.GET_ROUTEINFO_BY_TOPIC, request -> request.reply(ResponseCode.TOPIC_NOT_EXIST, "none"));
        assertThat(find("T")).isEqualTo(Found.NOTHING);
    }

    @Test
    void aLeaderSaysWhatItHas() throws Exception {
        byte[] config = utf8(
                "{\"readQueueNums\":3,\"writeQueueNums\":2,\"perm\":6,\"attributes\":{\"message.type\":\"FIFO\"}}");
        handlers.register(RequestCode.GET_TOPIC_CONFIG, request -> {
            if ("T".equals(request.fields().text("topic"))) {
                request.replyBody(config);
            } else {
                request.reply(ResponseCode.TOPIC_NOT_EXIST, "none");
            }
        });
        String address =
                "127.0.0.1:" + on(() -> rpc.listen("127.0.0.1", 0, handlers)).port();
        NameServers nameServers = new NameServers(rpc, List.of());
        assertThat(on(() -> nameServers.atLeader("a", address, "T")))
                .isEqualTo(new Found(List.of(new BrokerQueues("a", 3, 2, 6)), Map.of("a", address), "FIFO"));
        assertThat(on(() -> nameServers.atLeader("a", address, "U"))).isEqualTo(Found.NOTHING);
    }
}
