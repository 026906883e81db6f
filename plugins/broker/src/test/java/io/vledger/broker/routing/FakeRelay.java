package io.vledger.broker.routing;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcRelay;
import io.vledger.broker.testing.TestBroker;
import io.vledger.testkit.fake.FakeRequest;
import java.util.ArrayList;
import java.util.List;

/** A relay whose other end is the test. */
final class FakeRelay implements RpcRelay {
    final String address;
    final List<Entry> inFlight = new ArrayList<>();
    private Promise<Void> connecting = Promise.promise();
    boolean connected;
    boolean closed;
    boolean full;
    private Runnable orderedSettled = () -> {};

    record Entry(FakeRequest request, boolean ordered, Undone undone) {}

    FakeRelay(String address) {
        this.address = address;
    }

    /** The connection stands. */
    void open() {
        connected = true;
        connecting.complete();
    }

    /** There is nobody at the address. */
    void fail() {
        Promise<Void> failing = connecting;
        connecting = Promise.promise();
        failing.fail("refused");
    }

    /** The connection breaks. */
    void lose() {
        connected = false;
        connecting = Promise.promise();
        List<Entry> lost = List.copyOf(inFlight);
        inFlight.clear();
        lost.forEach(entry -> {
            if (!entry.request().replied()) {
                entry.undone().lost(entry.request(), "it broke");
            }
        });
    }

    /** What is in flight arrives at another member. */
    void arriveAt(TestBroker other) {
        List<Entry> arriving = List.copyOf(inFlight);
        inFlight.clear();
        for (Entry entry : arriving) {
            other.call(entry.request().hops(1));
            if (entry.request().isGivenBack()) {
                entry.undone().givenBack(entry.request().restored());
            }
        }
        orderedSettled.run();
    }

    /** All in flight is given back. */
    void giveBack() {
        List<Entry> arriving = List.copyOf(inFlight);
        inFlight.clear();
        arriving.forEach(entry -> entry.undone().givenBack(entry.request().restored()));
        orderedSettled.run();
    }

    /** The other member answers a request. */
    void answer(FakeRequest request) {
        inFlight.removeIf(entry -> entry.request() == request);
        request.reply(0, null);
        orderedSettled.run();
    }

    List<FakeRequest> requests() {
        return inFlight.stream().map(Entry::request).toList();
    }

    @Override
    public Future<Void> connect() {
        return connecting.future();
    }

    @Override
    public Future<RpcClient.RpcAnswer> call(int code, FieldWriter fields, byte[] body, int timeoutMs) {
        return Future.failedFuture("nobody asks this relay for anything");
    }

    @Override
    public boolean connected() {
        return connected;
    }

    @Override
    public boolean relay(RelayableRequest request, boolean ordered, int timeoutMs, Undone undone) {
        if (!connected || full) {
            return false;
        }
        inFlight.add(new Entry((FakeRequest) request, ordered, undone));
        return true;
    }

    @Override
    public int orderedInFlight() {
        return (int) inFlight.stream().filter(Entry::ordered).count();
    }

    @Override
    public void onOrderedSettled(Runnable callback) {
        orderedSettled = callback;
    }

    @Override
    public void close() {
        closed = true;
        lose();
    }
}
