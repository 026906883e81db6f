package io.vledger.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.grpc.broker.BrokerLinks;
import io.vledger.grpc.broker.RouteTable;
import io.vledger.grpc.call.CallContext;
import io.vledger.grpc.call.Caller;
import io.vledger.grpc.client.Client;
import io.vledger.grpc.client.ClientRegistry;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients of this node, and what brokers are asked for them. */
@Timeout(60)
class ClientsTest {
    private static final InetSocketAddress ADDRESS = new InetSocketAddress("192.0.2.7", 1234);

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final FakeBroker broker = new FakeBroker(vertx);
    private final RouteTable routes = TestServices.routes(broker);
    private final ClientRegistry clients = TestServices.clients(vertx, broker, routes, BrokerLinks.Access.NONE);

    @BeforeEach
    void listen() throws Exception {
        on(broker::listen);
    }

    @AfterEach
    void close() throws Exception {
        broker.rpc().close().await(20, TimeUnit.SECONDS);
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    private <T> T on(Supplier<Future<T>> task) throws Exception {
        Promise<T> done = Promise.promise();
        loop.runOnContext(v -> task.get().onComplete(done));
        return done.future().await(20, TimeUnit.SECONDS);
    }

    private Client client(String id) throws Exception {
        CallContext call = new CallContext(id, "JAVA", "5.2.0", ADDRESS, Long.MAX_VALUE, Caller.ANYBODY);
        return on(() -> Future.succeededFuture(clients.of(call)));
    }

    @Test
    void whatIsStillCalledForAClientThatHasLeftOpensNoConnection() throws Exception {
        broker.answer(RequestCode.ACK_MESSAGE, ResponseCode.SUCCESS);
        Client client = client("client-1");
        on(() -> client.links().call("a", RequestCode.ACK_MESSAGE, FieldWriter.NONE, null, 3_000));
        on(() -> {
            clients.remove(client);
            return Future.succeededFuture();
        });
        assertThatThrownBy(() ->
                        on(() -> client.links().call("a", RequestCode.ACK_MESSAGE, FieldWriter.NONE, null, 3_000)))
                .hasMessageContaining("has left");
        on(() -> client.links().announce("a", RequestCode.HEART_BEAT, FieldWriter.NONE, new byte[0], 3_000));
        assertThat(broker.requests(RequestCode.ACK_MESSAGE)).hasSize(1);
        assertThat(broker.requests(RequestCode.HEART_BEAT)).isEmpty();
    }
}
