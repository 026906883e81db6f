package io.vledger.nameservice;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.discovery.Discovery;
import io.vledger.api.discovery.Discovery.Sighting;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RpcServer;
import io.vledger.nameservice.Registration.QueueData;
import io.vledger.nameservice.Registration.Version;
import io.vledger.nameservice.RouteTable.BrokerView;
import io.vledger.protocol.RequestCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Discovery gives addresses; what is shown is what the broker at the address says. */
@Timeout(60)
class DiscoveredRoutesTest {
    @TempDir
    Path directory;

    private final AtomicLong clock = new AtomicLong(1);
    private final RouteTable table = new RouteTable();
    private FakeNode node;
    private DiscoveredRoutes routes;
    private volatile List<Sighting> sightings = List.of();
    private final Discovery discovery = new Discovery() {
        @Override
        public List<Sighting> sightings() {
            return sightings;
        }

        @Override
        public AutoCloseable onChange(Runnable listener) {
            return () -> {};
        }
    };

    @BeforeEach
    void open() throws Exception {
        node = new FakeNode("n9", directory);
        routes = onLoop(() -> new DiscoveredRoutes(node.rpc(), table, "own"::equals, clock::get));
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void aSightedBrokerIsShownAsItDescribesItself() throws Exception {
        StubBroker broker = new StubBroker("gb", "b1");
        broker.leads = true;
        sightings = List.of(broker.sighting("gb", 3));
        await(() -> Map.of(0L, broker.address).equals(addresses("gb")));
        assertThat(onLoop(() -> requireNonNull(table.route("T", true)).queues()))
                .isEqualTo(new TreeMap<>(Map.of("gb", new QueueData(5, 5, 6, 0))));
        assertThat(onLoop(() -> table.topicsOfCluster("C"))).containsExactly("T", "TBW102");
        assertThat(onLoop(() -> requireNonNull(requireNonNull(table.route("TBW102", true))
                                .queues()
                                .get("gb"))
                        .writeQueues()))
                .as("as the broker would register its template")
                .isEqualTo(8);
        broker.leads = false;
        broker.version.incrementAndGet();
        sightings = List.of(broker.sighting("gb", 4));
        await(() -> Map.of(2L, broker.address).equals(addresses("gb")));
        assertThat(onLoop(() -> table.route("T", true))).isNull();
    }

    @Test
    void theLeaderOfTheLaterTermIsTheMaster() throws Exception {
        StubBroker b0 = new StubBroker("gb", "b0");
        StubBroker b1 = new StubBroker("gb", "b1");
        b0.leads = true;
        b1.leads = true;
        b1.term = 8;
        sightings = List.of(b0.sighting("gb", 1), b1.sighting("gb", 1));
        await(() -> Map.of(0L, b1.address, 1L, b0.address).equals(addresses("gb")));
    }

    @Test
    void liesAreNotShown() throws Exception {
        StubBroker honest = new StubBroker("gb", "b1");
        StubBroker elsewhere = new StubBroker("gc", "c0");
        elsewhere.said = "10.1.1.1";
        StubBroker pretender = new StubBroker("own", "n0");
        pretender.leads = true;
        sightings = List.of(
                // A wrong name, a wrong leader and a term that would beat all others.
                new Sighting("C", "gx", "x0", honest.address, Long.MAX_VALUE, true, 1),
                elsewhere.sighting("gc", 1),
                pretender.sighting("gy", 1),
                pretender.sighting("own", 1),
                new Sighting("C", "gz", "z0", "127.0.0.1:1", 1, true, 1));
        await(() -> Map.of(2L, honest.address).equals(addresses("gb")));
        await(() -> elsewhere.asked.get() > 0 && pretender.asked.get() > 0);
        look();
        assertThat(onLoop(table::brokers)).extracting(BrokerView::name).containsExactly("gb");
    }

    @Test
    void whoRegisteredHereIsNotTouched() throws Exception {
        StubBroker broker = new StubBroker("gb", "b1");
        broker.leads = true;
        RouteOwner connection = new RouteOwner.Discovered("another");
        onLoop(() -> table.register(
                new Registration(
                        "C",
                        "gb",
                        "10.0.0.7:1",
                        0,
                        "",
                        1000,
                        new Version(1, 1, 1),
                        Map.of("Known", new QueueData(1, 1, 6, 0), "Other", new QueueData(1, 1, 6, 0))),
                connection,
                clock.get()));
        sightings = List.of(broker.sighting("gb", 9));
        await(() -> broker.asked.get() > 1 || broker.toldTopics.get() > 0);
        look();
        assertThat(addresses("gb")).isEqualTo(Map.of(0L, "10.0.0.7:1"));
        assertThat(onLoop(() -> table.route("T", true))).isNull();
        onLoop(() -> {
            table.ownerGone(connection);
            return null;
        });
        await(() -> Map.of(0L, broker.address).equals(addresses("gb")));
        // And a broker that registers takes its place back, whatever its term.
        onLoop(() -> table.register(
                new Registration("C", "gb", "10.0.0.7:1", 0, "", 1000, new Version(1, 1, 1), Map.of()),
                connection,
                clock.get()));
        assertThat(addresses("gb")).isEqualTo(Map.of(0L, "10.0.0.7:1"));
    }

    @Test
    void whatIsKnownIsFollowedWhileDiscoveryIsDownAndForgottenWhenNobodyAnswers() throws Exception {
        StubBroker b0 = new StubBroker("gb", "b0");
        StubBroker b1 = new StubBroker("gb", "b1");
        b0.leads = true;
        sightings = List.of(b0.sighting("gb", 1), b1.sighting("gb", 1));
        await(() -> Map.of(0L, b0.address, 2L, b1.address).equals(addresses("gb")));
        sightings = List.of();
        b0.close();
        b1.leads = true;
        b1.term = 9;
        clock.addAndGet(DiscoveredRoutes.ASK_MS);
        await(() -> Map.of(0L, b1.address, 1L, b0.address).equals(addresses("gb")));
        clock.addAndGet(DiscoveredRoutes.LOST_MS - 1000);
        await(() -> Map.of(0L, b1.address).equals(addresses("gb")));
        b1.close();
        clock.addAndGet(DiscoveredRoutes.LOST_MS + DiscoveredRoutes.ASK_MS);
        await(() -> addresses("gb").isEmpty());
    }

    /** Updates, as the plugin does, until something is so. */
    private void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
        CountDownLatch never = new CountDownLatch(1);
        do {
            look();
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            assertThat(never.await(10, TimeUnit.MILLISECONDS)).isFalse();
        } while (!condition.call());
    }

    private void look() throws Exception {
        onLoop(() -> {
            routes.update(discovery);
            return null;
        });
    }

    private Map<Long, String> addresses(String group) throws Exception {
        return onLoop(() -> {
            BrokerView view = table.broker(group);
            return view == null ? Map.<Long, String>of() : view.addresses();
        });
    }

    private <T> T onLoop(Callable<T> call) throws Exception {
        Promise<T> promise = Promise.promise();
        loop().runOnContext(v -> {
            try {
                promise.complete(call.call());
            } catch (Exception e) {
                promise.fail(e);
            }
        });
        return FakeNode.await(promise.future());
    }

    private io.vertx.core.@Nullable Context context;

    private synchronized io.vertx.core.Context loop() {
        if (context == null) {
            context = node.vertx().getOrCreateContext();
        }
        return context;
    }

    /** Answers as a broker of ours does when it is asked for its configuration and its topics. */
    private final class StubBroker {
        private final String group;
        private final String id;
        private final String address;
        private final RpcServer server;
        private volatile boolean leads;
        private volatile long term = 5;
        private final AtomicLong version = new AtomicLong(1);
        private volatile String said = "127.0.0.1";
        private final AtomicInteger asked = new AtomicInteger();
        private final AtomicInteger toldTopics = new AtomicInteger();

        StubBroker(String group, String id) throws Exception {
            this.group = group;
            this.id = id;
            Handlers handlers = node.rpc().newHandlers();
            handlers.register(RequestCode.GET_BROKER_CONFIG, request -> {
                asked.incrementAndGet();
                String text = "brokerClusterName=C\nbrokerName=" + group + "\nbrokerId=" + (leads ? 0 : 1)
                        + "\nbrokerIP1=" + said + "\nlistenPort=" + port() + "\ndLegerSelfId=" + id
                        + "\ndLegerPeers=b0-h:1;b1-h:2;b2-h:3\ndefaultTopicQueueNums=8\n";
                request.reply(
                        0,
                        null,
                        sink -> sink.put(
                                "topicsVersion",
                                "{\"counter\":" + version + ",\"stateVersion\":" + term + ",\"timestamp\":1}"),
                        Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
            });
            handlers.register(RequestCode.GET_ALL_TOPIC_CONFIG, request -> {
                toldTopics.incrementAndGet();
                request.replyBody(("{\"topicConfigTable\":{\"T\":{\"perm\":6,\"readQueueNums\":5,\"writeQueueNums\":5},"
                                + "\"TBW102\":{\"perm\":7,\"readQueueNums\":1,\"writeQueueNums\":1}}}")
                        .getBytes(StandardCharsets.UTF_8));
            });
            server = FakeNode.await(
                    onLoop(() -> node.rpc().listen("127.0.0.1", 0, handlers)).compose(Future::succeededFuture));
            address = "127.0.0.1:" + server.port();
        }

        private int port() {
            return server.port();
        }

        Sighting sighting(String claimed, long topicsVersion) {
            return new Sighting("C", claimed, id, address, term, leads, topicsVersion);
        }

        void close() throws Exception {
            FakeNode.await(server.close().mapEmpty());
        }

        @Override
        public String toString() {
            return group + "/" + id;
        }
    }
}
