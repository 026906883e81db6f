package io.vledger.grpc;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.grpc.server.GrpcServer;
import io.vledger.api.rpc.Handlers;
import io.vledger.grpc.broker.BrokerLinks;
import io.vledger.grpc.broker.GroupSettingsCache;
import io.vledger.grpc.broker.Receipts;
import io.vledger.grpc.broker.RouteTable;
import io.vledger.grpc.call.CallGate;
import io.vledger.grpc.client.BrokerRequests;
import io.vledger.grpc.client.Client;
import io.vledger.grpc.client.ClientRegistry;
import io.vledger.grpc.client.Renewals;
import io.vledger.grpc.service.Brokers;
import io.vledger.grpc.wire.CompressedCalls;
import io.vledger.grpc.wire.UnfinishedMessages;
import java.util.concurrent.TimeUnit;

/** Services before a broker whose answers a test sets. */
final class TestServices {
    private TestServices() {}

    /** Serves, with its own clients, and the broker too. */
    static int listen(Vertx vertx, FakeBroker broker, CallGate gate, BrokerLinks.Access access) throws Exception {
        Promise<HttpServer> listening = Promise.promise();
        vertx.getOrCreateContext().runOnContext(v -> broker.listen()
                .compose(served -> {
                    GrpcServer grpc = GrpcServer.server(vertx);
                    of(vertx, broker, gate, access).bind(grpc);
                    return vertx.createHttpServer()
                            .requestHandler(new CompressedCalls(new UnfinishedMessages(grpc, 64 << 20)))
                            .listen(0, "127.0.0.1");
                })
                .onComplete(listening));
        return listening.future().await(20, TimeUnit.SECONDS).actualPort();
    }

    private static MessagingService of(Vertx vertx, FakeBroker broker, CallGate gate, BrokerLinks.Access access) {
        RouteTable routes = routes(broker);
        return new MessagingService(
                new Brokers(routes, new GroupSettingsCache(System::currentTimeMillis), System::currentTimeMillis),
                clients(vertx, broker, routes, access),
                gate);
    }

    /** Where the broker's topics are. */
    static RouteTable routes(FakeBroker broker) {
        RouteTable routes = RouteTable.asking(broker.rpc(), broker.nameServers(), System::currentTimeMillis);
        routes.locals(broker.routes());
        return routes;
    }

    /** Clients of the broker. */
    static ClientRegistry clients(Vertx vertx, FakeBroker broker, RouteTable routes, BrokerLinks.Access access) {
        return new ClientRegistry(
                call -> {
                    Handlers asked = broker.rpc().newHandlers();
                    BrokerRequests requests = new BrokerRequests(vertx);
                    requests.register(asked);
                    BrokerLinks links =
                            new BrokerLinks(broker.rpc(), routes, broker.groups(), call.remote(), asked, access);
                    Client client = new Client(
                            call.clientId(),
                            links,
                            new Renewals(
                                    new Receipts(links, System::currentTimeMillis), System::currentTimeMillis, 60_000),
                            requests);
                    requests.of(client);
                    return client;
                },
                System::currentTimeMillis);
    }
}
