package io.vledger.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.grpc.broker.BrokerLinks;
import io.vledger.grpc.broker.GroupSettingsCache;
import io.vledger.grpc.broker.RouteTable;
import io.vledger.grpc.call.CallContext;
import io.vledger.grpc.call.Caller;
import io.vledger.grpc.call.StatusException;
import io.vledger.grpc.client.Client;
import io.vledger.grpc.client.ClientRegistry;
import io.vledger.grpc.message.ReceiptHandle;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.net.InetSocketAddress;
import java.util.Objects;
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

    private static CallContext call(String id) {
        return new CallContext(id, "JAVA", "5.2.0", ADDRESS, Long.MAX_VALUE, Caller.ANYBODY);
    }

    private Client client(String id) throws Exception {
        return on(() -> Future.succeededFuture(call(id)).map(clients::of));
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

    /** Returns when the answers to all that was asked for a client before have come: they come in order. */
    private void hear(Client client) throws Exception {
        broker.answer(RequestCode.ACK_MESSAGE, ResponseCode.SUCCESS);
        on(() -> client.links().call("a", RequestCode.ACK_MESSAGE, FieldWriter.NONE, null, 3_000));
    }

    private void renew() throws Exception {
        on(() -> {
            clients.renew();
            return Future.succeededFuture();
        });
    }

    private void hold(Client client, String receipt) throws Exception {
        ReceiptHandle handle = Objects.requireNonNull(ReceiptHandle.parse(receipt));
        on(() -> {
            client.renewals().add("g", "T", handle);
            return Future.succeededFuture();
        });
    }

    @Test
    void aReceiptThatIsOverIsRenewedNoMore() throws Exception {
        broker.answer(RequestCode.CHANGE_MESSAGE_INVISIBLETIME, ResponseCode.NO_MESSAGE);
        Client client = client("client-1");
        hold(client, "0 1000 1000 0 0 a 0 0 0");
        for (int i = 0; i < 3; i++) {
            renew();
            hear(client);
        }
        assertThat(broker.requests(RequestCode.CHANGE_MESSAGE_INVISIBLETIME)).hasSize(1);
    }

    @Test
    void aReceiptIsRenewedAgainAfterABrokerThatWasBusy() throws Exception {
        broker.answer(RequestCode.CHANGE_MESSAGE_INVISIBLETIME, ResponseCode.SYSTEM_BUSY);
        Client client = client("client-1");
        hold(client, "0 1000 1000 0 0 a 0 0 0");
        for (int i = 0; i < 3; i++) {
            renew();
            hear(client);
        }
        assertThat(broker.requests(RequestCode.CHANGE_MESSAGE_INVISIBLETIME)).hasSize(3);
    }

    @Test
    void theReceiptOfTheLastRenewalCountsInPlaceOfTheFirstUntilTheMessageIsConsumed() throws Exception {
        String first = "0 1000 1000 0 0 a 0 0 0";
        long nowMs = System.currentTimeMillis();
        broker.answer(
                RequestCode.CHANGE_MESSAGE_INVISIBLETIME,
                fields -> fields.put("popTime", nowMs)
                        .put("invisibleTime", 600_000)
                        .put("reviveQid", 0),
                new byte[0]);
        Client client = client("client-1");
        hold(client, first);
        for (int i = 0; i < 3; i++) {
            renew();
            hear(client);
        }
        assertThat(broker.requests(RequestCode.CHANGE_MESSAGE_INVISIBLETIME))
                .as("not due again")
                .singleElement()
                .asString()
                .contains("extraInfo=" + first);
        ReceiptHandle shown = Objects.requireNonNull(ReceiptHandle.parse(first));
        assertThat(on(() -> client.renewals().take(shown)).text()).isEqualTo("0 " + nowMs + " 600000 0 0 a 0 0 0");
        assertThat(on(() -> client.renewals().take(shown)).text()).isEqualTo(first);
    }

    @Test
    void whatAConsumerThatLeavesHeldIsVisibleSoon() throws Exception {
        broker.answer(RequestCode.CHANGE_MESSAGE_INVISIBLETIME, ResponseCode.SUCCESS);
        Client client = client("client-1");
        hold(client, "0 1000 1000 0 0 a 0 0 0");
        on(() -> {
            clients.remove(client);
            return Future.succeededFuture();
        });
        hear(client("client-2"));
        assertThat(broker.requests(RequestCode.CHANGE_MESSAGE_INVISIBLETIME))
                .singleElement()
                .asString()
                .contains("invisibleTime=1000");
    }

    @Test
    void aGroupStaysInOrderWhileItsBrokerCannotSaySo() throws Exception {
        broker.answer(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, "{\"consumeMessageOrderly\":true}");
        long[] nowMs = {1_000_000};
        GroupSettingsCache settings = new GroupSettingsCache(() -> nowMs[0]);
        Client client = client("client-1");
        assertThat(on(() -> settings.find(client.links(), "a", "g")).orderly()).isTrue();
        broker.answer(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, ResponseCode.SYSTEM_BUSY);
        for (int i = 0; i < 3; i++) {
            nowMs[0] += 60_000;
            assertThat(on(() -> settings.find(client.links(), "a", "g")).orderly())
                    .isTrue();
            hear(client);
        }
        assertThat(broker.requests(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG)).hasSize(4);
        broker.answer(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
        nowMs[0] += 60_000;
        on(() -> settings.find(client.links(), "a", "g"));
        hear(client);
        assertThat(on(() -> settings.find(client.links(), "a", "g")).orderly())
                .as("a group that is gone")
                .isFalse();
    }

    @Test
    void whoCallsWithAnotherIdEachTimeDoesNotFillTheMemory() throws Exception {
        on(() -> {
            for (int i = 0; i < 50_000; i++) {
                clients.of(call("client-" + i));
            }
            return Future.succeededFuture();
        });
        assertThatThrownBy(() -> client("one-more"))
                .isInstanceOf(StatusException.class)
                .hasMessageContaining("50000 clients");
        Client known = client("client-7");
        on(() -> {
            clients.remove(known);
            return Future.succeededFuture();
        });
        assertThat(client("one-more").id()).isEqualTo("one-more");
    }
}
