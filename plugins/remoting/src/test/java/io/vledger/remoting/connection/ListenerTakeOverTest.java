package io.vledger.remoting.connection;

import static io.vledger.remoting.connection.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestFilter;
import io.vledger.api.rpc.RpcRelay;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.rpc.RpcServer;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.frame.Frames;
import io.vledger.remoting.frame.LeakWatch;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Listeners that one owner hands to the next, on the same loop and on another; and filters. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
class ListenerTakeOverTest {
    private static final String OWNER = "broker/a";

    private Vertx vertx;
    private Context first;
    private Context second;
    private RemotingRpc rpc;
    private int port;

    @BeforeEach
    void open() throws Exception {
        vertx = Vertx.vertx();
        first = vertx.getOrCreateContext();
        second = ((VertxInternal) vertx).createContext(ThreadingModel.EVENT_LOOP);
        rpc = new RemotingRpc(vertx, Limits.STANDARD, HandlerTable::new);
        RpcServer probe = listen(first, "", 0, new HandlerTable());
        port = probe.port();
        await(probe.close());
    }

    @AfterEach
    void close() throws Exception {
        await(rpc.close());
        await(vertx.close());
    }

    private static <T> T on(Context context, Supplier<Future<T>> task) throws Exception {
        Promise<T> done = Promise.promise();
        context.runOnContext(v -> task.get().onComplete(done));
        return await(done.future());
    }

    private RpcServer listen(Context context, String owner, int at, Handlers handlers) throws Exception {
        return on(context, () -> rpc.listen(owner, "127.0.0.1", at, handlers));
    }

    private RpcServer listen(Context context, Handlers handlers) throws Exception {
        return listen(context, OWNER, port, handlers);
    }

    private Context next(boolean sameLoop) {
        return sameLoop ? first : second;
    }

    private static Handlers answering(Context context, String name) {
        Handlers handlers = new HandlerTable();
        handlers.register(1, request -> {
            assertThat(Vertx.currentContext()).isSameAs(context);
            request.reply(0, name);
        });
        return handlers;
    }

    private static String ask(RawPeer peer, int opaque) throws IOException {
        RawPeer.Answer answer = peer.call(Frames.request(1, opaque, new byte[opaque % 3000]));
        assertThat(answer.opaque()).isEqualTo(opaque);
        return answer.header().getString("remark");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void connectionsContinueWithTheHandlersOfTheNextOwner(boolean sameLoop) throws Exception {
        RpcServer old = listen(first, answering(first, "old"));
        try (RawPeer peer = new RawPeer(port)) {
            assertThat(ask(peer, 1)).isEqualTo("old");
            RpcServer taken = listen(next(sameLoop), answering(next(sameLoop), "new"));
            assertThat(ask(peer, 2)).isEqualTo("new");
            try (RawPeer later = new RawPeer(port)) {
                assertThat(ask(later, 3)).isEqualTo("new");
            }
            await(old.close()); // has nothing any more
            await(old.suspend());
            assertThat(ask(peer, 4)).isEqualTo("new");
            assertThat(rpc.listening()).isEqualTo(1);
            await(taken.close());
            assertThat(peer.ended()).isTrue();
        }
        assertThat(rpc.listening()).isZero();
        assertThat(rpc.listening(OWNER, "127.0.0.1", port)).isFalse();
    }

    @Test
    void whileASuspendedServerWaitsRequestsWaitToo() throws Exception {
        RpcServer old = listen(first, answering(first, "old"));
        try (RawPeer peer = new RawPeer(port)) {
            assertThat(ask(peer, 1)).isEqualTo("old");
            await(old.suspend());
            List<byte[]> frames = new ArrayList<>();
            for (int i = 2; i <= 500; i++) {
                frames.add(Frames.request(1, i, new byte[i]));
            }
            peer.send(Frames.join(frames.toArray(new byte[0][])));
            try (RawPeer later = new RawPeer(port)) {
                later.send(Frames.request(1, 7));
                listen(second, answering(second, "new"));
                assertThat(later.receive().header().getString("remark")).isEqualTo("new");
            }
            for (int i = 2; i <= 500; i++) {
                RawPeer.Answer answer = peer.receive();
                assertThat(answer.opaque()).isEqualTo(i);
                assertThat(answer.header().getString("remark")).isEqualTo("new");
            }
        }
    }

    @Test
    void underLoadEveryRequestIsAnsweredThroughTwentyChangesOfOwner() throws Exception {
        listen(first, answering(first, "0"));
        AtomicInteger answered = new AtomicInteger();
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        List<Thread> clients = new ArrayList<>();
        AtomicInteger running = new AtomicInteger(1);
        for (int n = 0; n < 4; n++) {
            Thread client = new Thread(() -> {
                try (RawPeer peer = new RawPeer(port)) {
                    for (int i = 1; running.get() == 1; i++) {
                        ask(peer, i);
                        answered.incrementAndGet();
                    }
                } catch (IOException | AssertionError e) {
                    failures.add(e);
                }
            });
            client.start();
            clients.add(client);
        }
        for (int change = 1; change <= 20; change++) {
            int before = answered.get();
            await(() -> answered.get() > before + 20 || !failures.isEmpty());
            Context context = next(change % 3 == 0);
            listen(context, answering(context, "" + change));
        }
        int before = answered.get();
        await(() -> answered.get() > before + 20 || !failures.isEmpty());
        running.set(0);
        for (Thread client : clients) {
            client.join();
        }
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatTheOldOwnerStillOwesReachesTheClient(boolean sameLoop) throws Exception {
        List<RpcRequest> owed = new CopyOnWriteArrayList<>();
        Handlers handlers = new HandlerTable();
        handlers.register(1, request -> {
            request.detach();
            owed.add(request);
        });
        listen(first, handlers);
        try (RawPeer peer = new RawPeer(port)) {
            peer.send(Frames.request(1, 1));
            await(() -> owed.size() == 1);
            listen(next(sameLoop), answering(next(sameLoop), "new"));
            first.runOnContext(v -> owed.get(0).reply(0, "late", sink -> sink.put("n", 5), null));
            RawPeer.Answer answer = peer.receive();
            assertThat(answer.header().getString("remark")).isEqualTo("late");
            assertThat(answer.header().getJsonObject("extFields").getString("n"))
                    .isEqualTo("5");
            assertThat(ask(peer, 2)).isEqualTo("new");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatWasToBeRememberedIsShownToTheNextOwnerFirst(boolean sameLoop) throws Exception {
        Handlers old = new HandlerTable();
        old.register(34, request -> {
            request.replayToNextOwner(request.fields().requiredText("id"));
            request.reply(0, null);
        });
        listen(first, old);
        List<String> seen = new CopyOnWriteArrayList<>();
        Handlers next = new HandlerTable();
        next.register(34, request -> {
            seen.add(request.fields().requiredText("id") + request.fields().text("v"));
            request.connection().attach("of the next");
            request.replayToNextOwner(request.fields().requiredText("id"));
            request.reply(0, "goes nowhere");
        });
        next.register(1, request -> request.reply(0, "" + request.connection().attachment()));
        try (RawPeer peer = new RawPeer(port)) {
            for (String beat : List.of("a1", "b1", "a2")) {
                peer.call(Frames.json("{\"code\":34,\"opaque\":1,\"extFields\":{\"id\":\"" + beat.charAt(0)
                        + "\",\"v\":\"" + beat.charAt(1) + "\"}}"));
            }
            listen(next(sameLoop), next);
            assertThat(ask(peer, 2)).isEqualTo("of the next");
            assertThat(seen).containsExactly("b1", "a2");
            // and is still remembered
            listen(first, answering(first, "third"));
            listen(second, next);
            assertThat(ask(peer, 3)).isEqualTo("of the next");
            assertThat(seen).containsExactly("b1", "a2", "b1", "a2");
        }
    }

    @Test
    void nothingOfTheOldOwnerStaysReachable() throws Exception {
        WeakReference<Object> attachment = listenAndAttach();
        try (RawPeer peer = new RawPeer(port)) {
            assertThat(ask(peer, 1)).isEqualTo("attached");
            assertThat(peer.receive().code()).isEqualTo(5);
            listen(second, answering(second, "new"));
            assertThat(ask(peer, 2)).isEqualTo("new");
            await(() -> {
                System.gc();
                return attachment.get() == null;
            });
        }
    }

    private WeakReference<Object> listenAndAttach() throws Exception {
        AtomicInteger mine = new AtomicInteger();
        Handlers handlers = new HandlerTable();
        handlers.register(1, request -> {
            request.connection().attach(mine);
            request.connection().onClose(() -> mine.set(1));
            request.connection().onDrain(() -> mine.set(2));
            request.reply(0, "attached");
            request.connection().call(5, sink -> {}, null, 60_000).onComplete(v -> mine.set(3));
        });
        listen(first, handlers);
        return new WeakReference<>(mine);
    }

    private Context third() {
        Context made = ((VertxInternal) vertx).createContext(ThreadingModel.EVENT_LOOP);
        assertThat(List.of(first, second))
                .noneMatch(other -> loopOf(other).equals(loopOf(made)))
                .doesNotHaveDuplicates();
        return made;
    }

    private static Object loopOf(Context context) {
        return ((ContextInternal) context).nettyEventLoop();
    }

    private static void held(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Done when a loop has come to everything that it was given before. */
    private static void passed(Context context) throws Exception {
        on(context, () -> Future.succeededFuture(1));
    }

    private Future<RpcServer> beginListening(Context context, Handlers handlers) {
        Promise<RpcServer> done = Promise.promise();
        context.runOnContext(v -> rpc.listen(OWNER, "127.0.0.1", port, handlers).onComplete(done));
        return done.future();
    }

    @Test
    void whoConnectsWhileASuspendedListenerMovesIsServed() throws Exception {
        Context third = third();
        listen(first, answering(first, "first"));
        RpcServer old = listen(second, answering(second, "old"));
        await(old.suspend());
        CountDownLatch busy = new CountDownLatch(1);
        second.runOnContext(v -> held(busy));
        Future<RpcServer> taken = beginListening(third, answering(third, "new"));
        passed(third);
        passed(first); // where the listener has its next holder now
        try (RawPeer peer = new RawPeer(port)) {
            await(() -> rpc.connections() == 1);
            passed(first);
            passed(third);
            busy.countDown();
            await(taken);
            assertThat(ask(peer, 1)).isEqualTo("new");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatTheOldOwnerStillOwesToAnotherNodeReachesItsClient(boolean givenBack) throws Exception {
        List<RpcRequest> owed = new CopyOnWriteArrayList<>();
        Handlers owing = new HandlerTable();
        owing.register(1, request -> {
            request.detach();
            owed.add(request);
        });
        listen(first, owing);
        RpcRelay relay = on(first, () -> {
            RpcRelay made = rpc.relay("127.0.0.1:" + port);
            return made.connect().map(made);
        });
        Handlers relaying = new HandlerTable();
        RpcRelay.Undone undone = new RpcRelay.Undone() {
            @Override
            public void givenBack(RelayableRequest request) {
                request.reply(0, "given back");
            }

            @Override
            public void lost(RelayableRequest request, String why) {
                request.reply(1, why);
            }
        };
        relaying.register(1, request -> relay.relay((RelayableRequest) request, true, 5_000, undone));
        RpcServer node = listen(first, "", 0, relaying);
        try (RawPeer peer = new RawPeer(node.port())) {
            peer.send(Frames.request(1, 12_345));
            await(() -> owed.size() == 1);
            listen(second, answering(second, "new"));
            first.runOnContext(v -> {
                if (givenBack) {
                    ((RelayableRequest) owed.get(0)).giveBack();
                } else {
                    owed.get(0).reply(0, "late");
                }
            });
            RawPeer.Answer answer = peer.receive();
            assertThat(answer.header().getString("remark")).isEqualTo(givenBack ? "given back" : "late");
            assertThat(answer.opaque()).isEqualTo(12_345);
        }
    }

    @Test
    void whatTheOldOwnerAnswersInTheMiddleOfAMoveReachesTheClient() throws Exception {
        Context third = third();
        List<RpcRequest> owed = new CopyOnWriteArrayList<>();
        Handlers owing = new HandlerTable();
        owing.register(1, request -> {
            request.detach();
            owed.add(request);
        });
        listen(first, answering(first, "first"));
        listen(second, owing);
        try (RawPeer peer = new RawPeer(port)) {
            peer.send(Frames.request(1, 1));
            await(() -> owed.size() == 1);
            CountDownLatch left = new CountDownLatch(1);
            CountDownLatch resumed = new CountDownLatch(1);
            Promise<RpcServer> taken = Promise.promise();
            CountDownLatch begun = new CountDownLatch(1);
            third.runOnContext(v -> {
                rpc.listen(OWNER, "127.0.0.1", port, answering(third, "new")).onComplete(taken);
                begun.countDown();
                held(left);
            });
            held(begun);
            passed(first); // behind it the old owner's loop is asked to leave
            second.runOnContext(v -> {
                owed.get(0).reply(0, "late");
                left.countDown();
                third.runOnContext(w -> resumed.countDown());
                held(resumed);
            });
            await(taken.future());
            assertThat(peer.receive().header().getString("remark")).isEqualTo("late");
            assertThat(ask(peer, 2)).isEqualTo("new");
        }
    }

    @Test
    void aClientIsNotReadFromFasterThanABusyOwnerServesIt() throws Exception {
        listen(first, answering(first, "old"));
        listen(second, answering(second, "new"));
        CountDownLatch busy = new CountDownLatch(1);
        byte[] frame = Frames.request(1, 1, new byte[1 << 20]);
        int frames = 64;
        try (SocketChannel client = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                Selector selector = Selector.open()) {
            await(() -> rpc.connections() == 1);
            passed(first);
            passed(second);
            second.runOnContext(v -> held(busy));
            client.configureBlocking(false);
            client.register(selector, SelectionKey.OP_WRITE);
            ByteBuffer out = ByteBuffer.allocate(frames * frame.length);
            for (int i = 0; i < frames; i++) {
                out.put(frame);
            }
            out.flip();
            while (out.hasRemaining() && selector.select(1_000) > 0) {
                selector.selectedKeys().clear();
                client.write(out);
            }
            // What is not taken is in the buffers of both sockets and at most congestedBytes here.
            assertThat(out.remaining()).isPositive();
            busy.countDown();
            while (out.hasRemaining() && selector.select(10_000) > 0) {
                selector.selectedKeys().clear();
                client.write(out);
            }
            assertThat(out.remaining()).isZero();
        } finally {
            busy.countDown();
        }
    }

    @Test
    void anotherOwnerOrNoneDoesNotTakeOver() throws Exception {
        listen(first, answering(first, "old"));
        assertThatThrownBy(() -> listen(first, "broker/b", port, new HandlerTable()))
                .hasRootCauseMessage("cannot listen on 127.0.0.1:" + port + ": this process listens there already");
        assertThatThrownBy(() -> listen(first, "", port, new HandlerTable())).hasRootCauseInstanceOf(IOException.class);
        try (RawPeer peer = new RawPeer(port)) {
            assertThat(ask(peer, 1)).isEqualTo("old");
        }
    }

    @Test
    void aSuspendedServerSurvivesItsContextAndARunningOneDoesNot() throws Exception {
        RpcServer[] servers = new RpcServer[1];
        String deployment = await(vertx.deployVerticle(new io.vertx.core.VerticleBase() {
            @Override
            public Future<?> start() {
                return rpc.listen(OWNER, "127.0.0.1", port, answering(context, "old"))
                        .onSuccess(server -> servers[0] = server);
            }
        }));
        try (RawPeer peer = new RawPeer(port)) {
            assertThat(ask(peer, 1)).isEqualTo("old");
            await(servers[0].suspend());
            await(vertx.undeploy(deployment));
            peer.send(Frames.request(1, 2));
            listen(second, answering(second, "new"));
            assertThat(peer.receive().header().getString("remark")).isEqualTo("new");
        }
    }

    @Test
    void filtersLookAtEveryRequestInTheOrderOfTheirNames() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        listen(first, answering(first, "served"));
        RequestFilter noting = (group, request) -> seen.add(group + request.opaque());
        RequestFilter failing = (group, request) -> {
            throw new IllegalStateException("broken filter");
        };
        RequestFilter refusing = (group, request) -> {
            if (request.opaque() == 2) {
                throw new RequestException(16, "not you");
            }
        };
        try (RawPeer peer = new RawPeer(port)) {
            rpc.filters().set(Map.of("c", noting, "a", failing, "b", refusing));
            assertThat(ask(peer, 1)).isEqualTo("served");
            RawPeer.Answer refused = peer.call(Frames.request(1, 2));
            assertThat(refused.code()).isEqualTo(16);
            assertThat(refused.header().getString("remark")).isEqualTo("not you");
            assertThat(seen).containsExactly("a1");
            assertThat(rpc.filters().failures()).isEqualTo(Map.of("a", 2L));
            rpc.filters().set(Map.of());
            assertThat(ask(peer, 2)).isEqualTo("served");
            assertThat(seen).containsExactly("a1");
            assertThat(rpc.filters().failures()).isEmpty();
        }
    }
}
