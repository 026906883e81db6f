package io.vledger.nameservice;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Rpc;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one group registered at one name server that another process serves: registers on request, and again at once when
 * the connection was lost. It has a connection of its own, because a name server drops what was registered over a connection
 * when that closes. Loop only.
 */
final class NameServerLink {
    /** What is registered now. */
    record Message(FieldWriter registerFields, byte[] body, FieldWriter unregisterFields) {}

    private static final Logger LOG = LoggerFactory.getLogger(NameServerLink.class);
    private static final int CALL_MS = 3000;
    private static final int UNREGISTER_MS = 1000;
    /** While a name server is likely to be back soon, or its address to be free for this process: nothing else says when. */
    private static final long RETRY_MS = 100;

    private static final int QUICK_RETRIES = 20;
    private static final long SLOW_RETRY_MS = 1000;

    private final Vertx vertx;
    private final NameServerAddress nameServer;
    private final String group;
    private final RpcClient client;
    private final Supplier<@Nullable Message> message;
    private final Runnable onChange;
    /** To be completed by the next call. */
    private List<Promise<Void>> waiting = new ArrayList<>();

    private int failures;
    private boolean calling;
    private boolean again;
    private boolean retryPlanned;
    private boolean stopped;
    private @Nullable Boolean well;
    private @Nullable Message registered;

    /**
     * @param message what to register; null if there is nothing to register now
     * @param onChange called when {@link #registered} may have changed
     */
    NameServerLink(
            Vertx vertx,
            Rpc rpc,
            NameServerAddress nameServer,
            String group,
            Supplier<@Nullable Message> message,
            Runnable onChange) {
        this.vertx = vertx;
        this.nameServer = nameServer;
        this.group = group;
        this.message = message;
        this.onChange = onChange;
        this.client = rpc.client(nameServer.address());
        client.onDisconnect(this::disconnected);
    }

    NameServerAddress nameServer() {
        return nameServer;
    }

    boolean connected() {
        return client.connected();
    }

    /** Whether the last registration was taken; true also where this process serves the address itself. */
    boolean registered() {
        return nameServer.serving() || Boolean.TRUE.equals(well);
    }

    /**
     * Registers what there is to register now, or after the call that is under way. Completes once the name server has taken
     * it, or has refused it or not answered: then it is tried again by itself.
     */
    Future<Void> register() {
        if (stopped) {
            return Future.succeededFuture();
        }
        Promise<Void> asked = Promise.promise();
        waiting.add(asked);
        if (calling) {
            again = true;
        } else if (client.connected()) {
            call();
        } else {
            calling = true;
            nameServer.bindIfFree().onComplete(taken -> {
                calling = false;
                if (stopped || Boolean.TRUE.equals(taken.result())) {
                    takeWaiting().forEach(Promise::tryComplete);
                } else {
                    call();
                }
            });
        }
        return asked.future();
    }

    private List<Promise<Void>> takeWaiting() {
        List<Promise<Void>> taken = waiting;
        waiting = new ArrayList<>();
        return taken;
    }

    private void call() {
        Message current = message.get();
        List<Promise<Void>> asking = takeWaiting();
        if (current == null) {
            unregister();
            asking.forEach(Promise::tryComplete);
            return;
        }
        calling = true;
        again = false;
        client.call(RequestCode.REGISTER_BROKER, current.registerFields(), current.body(), CALL_MS)
                .onComplete(result -> {
                    calling = false;
                    if (result.failed()) {
                        failed(String.valueOf(result.cause().getMessage()));
                    } else if (result.result().code() != ResponseCode.SUCCESS) {
                        RpcAnswer refusal = result.result();
                        failed("it answers " + refusal.code() + ": " + refusal.remark());
                    } else {
                        registered = current;
                        failures = 0;
                        report(true, "");
                        if (again) {
                            register();
                        }
                    }
                    asking.forEach(Promise::tryComplete);
                });
    }

    private void failed(String why) {
        report(false, why);
        boolean soon = !client.connected() && failures++ < QUICK_RETRIES;
        retry(soon ? RETRY_MS : SLOW_RETRY_MS);
    }

    private void report(boolean nowWell, String why) {
        if (well == null || well != nowWell) {
            well = nowWell;
            onChange.run();
            if (nowWell) {
                LOG.info("group {} is registered at the name server {}", group, nameServer.address());
            } else if (!nameServer.serving()) {
                LOG.info(
                        "group {} is not registered at the name server {}: {}; it is tried again",
                        group,
                        nameServer.address(),
                        why);
            }
        }
    }

    private void disconnected() {
        if (!calling) {
            report(false, "the connection was lost");
            register();
        }
    }

    private void retry(long delayMs) {
        if (!retryPlanned && !stopped) {
            retryPlanned = true;
            vertx.setTimer(delayMs, id -> {
                retryPlanned = false;
                register();
            });
        }
    }

    private Future<?> unregister() {
        Message last = registered;
        registered = null;
        if (last == null || !client.connected()) {
            return Future.succeededFuture();
        }
        return client.call(RequestCode.UNREGISTER_BROKER, last.unregisterFields(), null, UNREGISTER_MS)
                .otherwiseEmpty();
    }

    /** Closes without taking the registration back. */
    void close() {
        stopped = true;
        client.close();
    }

    /** Takes the registration back and closes. */
    Future<?> stop() {
        if (stopped) {
            return Future.succeededFuture();
        }
        stopped = true;
        return unregister().onComplete(v -> client.close());
    }
}
