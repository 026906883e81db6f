package io.vledger.sim;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.store.GroupStore;
import io.vledger.broker.BrokerContext;
import io.vledger.broker.GroupBroker;
import io.vledger.broker.access.NodeAccess;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.group.MemberLinks;
import io.vledger.broker.state.BrokerState;
import io.vledger.raft.driver.Replica;
import io.vledger.testkit.fake.FakeHandlers;
import io.vledger.testkit.fake.FakeRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The production broker on a node's replica: all handlers of clients' requests, without sockets. */
final class SimBroker {
    private static final int CHECK_MS = 1_500;

    private final Handlers handlers = new FakeHandlers();

    SimBroker(SimNode node, Replica replica, BrokerState state, GroupStore store) {
        GroupConfig config = GroupConfig.builder(replica.name(), Path.of(node.id()))
                .peers(Map.of(node.id(), node.id() + ":40911"))
                .retention(new GroupConfig.Retention(1_000, 0, List.of(4), 100, 100, false, 100, 0))
                .broker(GroupConfig.BrokerSettings.builder()
                        .maxMessageSize(2 << 10)
                        .features(new GroupConfig.Features(true, true, true, 1_000, false))
                        .transactions(new GroupConfig.Transactions(false, CHECK_MS, 10_000, CHECK_MS))
                        .build())
                .build();
        NodeInfo info = new NodeInfo(
                node.id(), "SimCluster", Path.of("data"), List.of(), List.of(config), "127.0.0.1", -1, "1");
        BrokerContext context = new BrokerContext(
                info,
                config,
                replica,
                store,
                state,
                ColdReads.INLINE,
                new MemberLinks(address -> new Nobody(), new NoCalls()),
                node::clockMs);
        new GroupBroker(context, null, NodeAccess.NONE).start(handlers);
    }

    /** Gives a request to its handler, as the remoting does. */
    void handle(FakeRequest request) {
        try {
            handlers.handlerOf(request.code()).handle(request);
        } catch (RequestException refused) {
            request.reply(refused.code(), refused.getMessage());
        }
        request.handlerReturned();
    }

    /** Nor can they confirm anything. */
    private static final class NoCalls implements PeerChannel {
        @Override
        public Registration serve(RequestHandler handler) {
            return () -> {};
        }

        @Override
        public Future<Buffer> request(String member, Buffer request, int timeoutMs) {
            return Future.failedFuture(new IOException("not connected"));
        }
    }

    /** Other members cannot be asked. */
    private static final class Nobody implements RpcClient {
        @Override
        public Future<RpcAnswer> call(int code, FieldWriter fields, byte @Nullable [] body, int timeoutMs) {
            return Future.failedFuture(new IOException("not connected"));
        }

        @Override
        public boolean connected() {
            return false;
        }

        @Override
        public void onDisconnect(Runnable handler) {}

        @Override
        public void close() {}
    }
}
