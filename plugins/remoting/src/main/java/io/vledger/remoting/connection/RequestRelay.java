package io.vledger.remoting.connection;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.vertx.core.Future;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.api.rpc.RpcRelay;
import io.vledger.protocol.ResponseCode;
import io.vledger.remoting.frame.Envelope;
import io.vledger.remoting.frame.FrameHead;
import io.vledger.remoting.frame.Header;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Relays requests over the connection of a client of its own. Loop only. */
final class RequestRelay implements RpcRelay, Connection.Answers {
    private static final long TICK_MS = 50;
    private static final int MAX_IN_FLIGHT = 1 << 16;
    /** A connection that many requests share is not given up for a shorter silence. */
    private static final int SILENT_MS = 2_000;

    private final RemotingClient client;
    private final LoopState loop;
    private final IntObjectMap<InFlight> inFlight = new IntObjectHashMap<>();
    private long bytesInFlight;
    private int ordered;
    private boolean ticking;
    private Runnable onOrderedSettled = () -> {};

    RequestRelay(RemotingClient client) {
        this.client = client;
        this.loop = client.loop();
        client.onDisconnect(() -> loseAll("the connection to " + client.address() + " broke"));
    }

    @Override
    public Future<Void> connect() {
        return client.connection().map(connection -> {
            connection.relays(this);
            return null;
        });
    }

    @Override
    public Future<RpcAnswer> call(int code, FieldWriter fields, byte[] body, int timeoutMs) {
        Connection open = client.open();
        return open == null
                ? loop.context().failedFuture(new IOException("there is no connection to " + client.address()))
                : open.call(code, fields, Unpooled.copiedBuffer(body), timeoutMs);
    }

    @Override
    public boolean connected() {
        return client.connected();
    }

    @Override
    public boolean relay(RelayableRequest given, boolean isOrdered, int timeoutMs, Undone undone) {
        Connection connection = client.open();
        if (!(given instanceof Request request)) {
            throw new IllegalArgumentException("a request of another kind of server: " + given.getClass());
        }
        int bytes = request.frameLength();
        boolean full = inFlight.size() >= MAX_IN_FLIGHT
                || (bytesInFlight > 0 && bytesInFlight + bytes > loop.limits.congestedBytes());
        if (connection == null || full || bytes > loop.limits.frames().maxFrameBytes() - Envelope.OVERHEAD_BYTES) {
            return false;
        }
        int opaque = loop.calls.nextOpaque();
        if (request.oneway()) {
            if (connection.congested()) {
                return false;
            }
            request.relayOver(connection.output(), opaque);
            return true;
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        inFlight.put(
                opaque,
                new InFlight(
                        opaque,
                        request,
                        isOrdered,
                        bytes,
                        timeoutMs,
                        deadline,
                        connection,
                        connection.reads(),
                        undone));
        bytesInFlight += bytes;
        ordered += isOrdered ? 1 : 0;
        request.relayOver(connection.output(), opaque);
        tickSoon();
        return true;
    }

    @Override
    public void answered(Header header, ByteBuf in, int bodyAt, int bodyLength) {
        InFlight entry = inFlight.remove(header.opaque());
        if (entry == null) {
            return; // its time was over
        }
        forget(entry);
        boolean framed = bodyLength >= FrameHead.BYTES && in.getInt(bodyAt) == bodyLength - FrameHead.LENGTH_BYTES;
        switch (header.code()) {
            case Envelope.ANSWERED -> {
                if (framed) {
                    entry.request.answerWith(in, bodyAt, bodyLength);
                } else {
                    lost(entry, client.address() + " sent an answer that is no frame");
                }
            }
            case Envelope.GIVEN_BACK -> {
                if (framed && entry.request.restore(in, bodyAt, bodyLength)) {
                    entry.undone.givenBack(entry.request);
                } else {
                    lost(entry, client.address() + " gave a request back that is no frame");
                }
            }
            case Envelope.CLOSE_CLIENT -> entry.request.connection().close();
            default -> refused(entry.request, header.remark());
        }
    }

    private void refused(Request request, @Nullable String remark) {
        request.reply(
                ResponseCode.SYSTEM_ERROR,
                client.address() + " does not take relayed requests: " + remark,
                FieldWriter.NONE,
                null);
    }

    @Override
    public int orderedInFlight() {
        return ordered;
    }

    @Override
    public void onOrderedSettled(Runnable callback) {
        onOrderedSettled = callback;
    }

    @Override
    public void close() {
        client.close();
        loseAll("the connection to " + client.address() + " was given up");
    }

    private void forget(InFlight entry) {
        bytesInFlight -= entry.bytes;
        if (entry.ordered && --ordered == 0) {
            loop.context().runOnContext(none -> onOrderedSettled.run());
        }
    }

    private void loseAll(String why) {
        List<InFlight> lost = new ArrayList<>(inFlight.values());
        inFlight.clear();
        lost.forEach(this::forget);
        lost.sort(Comparator.comparingInt(InFlight::opaque)); // as they were relayed
        lost.forEach(entry -> lost(entry, why));
    }

    private void lost(InFlight entry, String why) {
        try {
            entry.undone.lost(entry.request, why);
        } catch (RuntimeException | LinkageError | AssertionError e) { // the root of all callbacks
            loop.log.error("a request that was relayed to " + client.address() + " could not be settled", e);
        }
    }

    private void tickSoon() {
        if (!ticking) {
            ticking = true;
            loop.context().setTimer(TICK_MS, id -> tick());
        }
    }

    private void tick() {
        ticking = false;
        long now = System.nanoTime();
        List<InFlight> late = new ArrayList<>();
        for (InFlight entry : inFlight.values()) {
            if (now - entry.deadline >= 0) {
                late.add(entry);
            }
        }
        for (InFlight entry : late) {
            inFlight.remove(entry.opaque);
            forget(entry);
        }
        if (!inFlight.isEmpty()) {
            tickSoon();
        }
        late.forEach(entry -> lost(entry, "no answer from " + client.address() + " in time"));
        late.stream()
                .filter(entry -> entry.timeoutMs >= SILENT_MS)
                .forEach(entry -> entry.connection.unanswered(entry.reads));
    }

    private record InFlight(
            int opaque,
            Request request,
            boolean ordered,
            int bytes,
            int timeoutMs,
            long deadline,
            Connection connection,
            long reads,
            Undone undone) {}
}
