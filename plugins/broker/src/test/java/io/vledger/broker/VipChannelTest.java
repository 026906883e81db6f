package io.vledger.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vledger.api.net.HostPort;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.GroupConfig.VipChannel;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.Rpc;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcRelay;
import io.vledger.api.rpc.RpcServer;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.fake.FakeRequest;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VipChannelTest {
    private final Listeners rpc = new Listeners();

    private static GroupConfig group(String name, int port, VipChannel vip) {
        return GroupConfig.builder(name, Path.of("."))
                .port(port)
                .peers(Map.of("n0", "127.0.0.1:40909", "n1", "127.0.0.1:40910"))
                .segmentBytes(1 << 20)
                .raft(GroupConfig.RaftTiming.builder()
                        .heartbeatMs(100)
                        .electionTimeoutMs(500)
                        .maxEntryBytes(1 << 19)
                        .maxInflightBytes(1 << 20)
                        .maxPendingBytes(1 << 20)
                        .checkpointBytes(1 << 20)
                        .checkpointIntervalMs(1000)
                        .build())
                .broker(GroupConfig.BrokerSettings.builder()
                        .messageDelayLevel("1s")
                        .standbyQueues(0)
                        .vipChannel(vip)
                        .build())
                .build();
    }

    private Future<Optional<RpcServer>> listen(GroupConfig... groups) {
        NodeInfo node = new NodeInfo(
                "n0", "c", Path.of("."), List.of("127.0.0.1:9876"), List.of(groups), "127.0.0.1", 8080, "1");
        return io.vledger.broker.VipChannel.listen(rpc, groups[0], node, rpc.newHandlers());
    }

    @Test
    void itListensTwoPortsBelowAndServesEverythingButPulls() {
        assertThat(listen(group("a", 10911, VipChannel.AUTO)).result()).isPresent();
        assertThat(rpc.port).isEqualTo(10909);
        Handlers served = rpc.handlers;
        assertThat(served).isNotNull();
        for (int code : new int[] {
            RequestCode.SEND_MESSAGE,
            RequestCode.SEND_MESSAGE_V2,
            RequestCode.HEART_BEAT,
            RequestCode.LOCK_BATCH_MQ,
            RequestCode.UPDATE_CONSUMER_OFFSET,
            RequestCode.GET_BROKER_RUNTIME_INFO
        }) {
            assertThat(answer(served, code)).as("request %d", code).isZero();
        }
        assertThat(answer(served, RequestCode.PULL_MESSAGE)).isEqualTo(3);
        assertThat(answer(served, RequestCode.LITE_PULL_MESSAGE)).isEqualTo(3);
    }

    private static int answer(Handlers handlers, int code) {
        FakeRequest request = new FakeRequest(code);
        handlers.handlerOf(code).handle(request);
        return request.replyCode();
    }

    @Test
    void aBusyPortFailsOnlyGroupsThatRequireTheVipChannel() {
        rpc.taken = true;
        assertThat(listen(group("a", 10911, VipChannel.AUTO)).result()).isEmpty();
        Future<?> refused = listen(group("a", 10911, VipChannel.ON));
        assertThat(refused.failed()).isTrue();
        assertThat(refused.cause()).hasMessageContaining("group a").hasMessageContaining("10909");
    }

    @Test
    void configuredListenersHavePriority() {
        assertThat(listen(group("a", 10911, VipChannel.AUTO), group("b", 10909, VipChannel.AUTO))
                        .result())
                .isEmpty();
        assertThat(listen(group("a", 40911, VipChannel.AUTO)).result()).isEmpty();
        assertThat(listen(group("a", 9878, VipChannel.AUTO)).result()).isEmpty();
        assertThat(listen(group("a", 8082, VipChannel.AUTO)).result()).isEmpty();
        assertThat(listen(group("a", 2, VipChannel.AUTO)).result()).isEmpty();
        assertThat(listen(group("a", 10911, VipChannel.OFF)).result()).isEmpty();
        assertThat(rpc.handlers).isNull();
        // The Raft port of another member is that of another machine, or is taken.
        assertThat(listen(group("a", 40912, VipChannel.AUTO)).result()).isPresent();
        assertThat(listen(group("a", 10911, VipChannel.ON), group("b", 10909, VipChannel.AUTO))
                        .failed())
                .isTrue();
    }

    /** Listens on nothing and remembers. */
    private static final class Listeners implements Rpc {
        private boolean taken;
        private int port;
        private @Nullable Handlers handlers;

        @Override
        public Future<RpcServer> listen(String owner, String host, int listenPort, Handlers served) {
            if (taken) {
                return Future.failedFuture("address in use");
            }
            port = listenPort;
            handlers = served;
            return Future.succeededFuture(new RpcServer() {
                @Override
                public int port() {
                    return listenPort;
                }

                @Override
                public int connections() {
                    return 0;
                }

                @Override
                public Future<Void> suspend() {
                    return Future.succeededFuture();
                }

                @Override
                public Future<Void> close() {
                    return Future.succeededFuture();
                }
            });
        }

        @Override
        public boolean listening(String owner, String host, int listenPort) {
            return false;
        }

        @Override
        public RpcClient client(String address) {
            throw new UnsupportedOperationException();
        }

        @Override
        public RpcClient client(String address, Handlers asked) {
            throw new UnsupportedOperationException();
        }

        @Override
        public RpcClient inProcess(String owner, HostPort listener, InetSocketAddress client, Handlers asked) {
            throw new UnsupportedOperationException();
        }

        @Override
        public RpcRelay relay(String address) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Handlers newHandlers() {
            Map<Integer, RequestHandler> all = new HashMap<>();
            return new Handlers() {
                @Override
                public AutoCloseable register(int code, RequestHandler handler) {
                    all.put(code, handler);
                    return () -> all.remove(code);
                }

                @Override
                public AutoCloseable replace(int code, RequestHandler handler) {
                    return register(code, handler);
                }

                @Override
                public RequestHandler handlerOf(int code) {
                    return all.getOrDefault(code, request -> request.reply(0, null));
                }
            };
        }
    }
}
