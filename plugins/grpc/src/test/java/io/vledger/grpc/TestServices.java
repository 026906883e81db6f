package io.vledger.grpc;

import io.vertx.core.Vertx;
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
import java.util.List;

/** Services before a broker whose answers a test sets. */
final class TestServices {
    private TestServices() {}

    /** A service with its own clients. */
    static MessagingService of(Vertx vertx, FakeBroker broker, CallGate gate, BrokerLinks.Access access) {
        RouteTable routes = RouteTable.asking(broker.rpc(), List.of(), System::currentTimeMillis);
        routes.locals(broker.routes());
        ClientRegistry clients = new ClientRegistry(
                call -> {
                    BrokerLinks links = new BrokerLinks(
                            broker.rpc(),
                            routes,
                            broker.groups(),
                            call.remote(),
                            broker.rpc().newHandlers(),
                            access);
                    return new Client(
                            call.clientId(),
                            links,
                            new Renewals(new Receipts(links, System::currentTimeMillis), System::currentTimeMillis),
                            new BrokerRequests(vertx));
                },
                System::currentTimeMillis);
        return new MessagingService(
                new Brokers(routes, new GroupSettingsCache(System::currentTimeMillis), System::currentTimeMillis),
                clients,
                gate);
    }
}
