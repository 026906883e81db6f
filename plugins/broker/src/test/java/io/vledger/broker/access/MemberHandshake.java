package io.vledger.broker.access;

import io.vertx.core.Future;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.api.rpc.RpcRelay;
import io.vledger.broker.testing.TestBroker;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeFields;
import io.vledger.testkit.fake.FakeRequest;
import java.util.Map;

/** A relay whose own requests reach a broker over one connection. */
final class MemberHandshake implements RpcRelay {
    private final TestBroker broker;
    private final FakeConnection connection;

    MemberHandshake(TestBroker broker, FakeConnection connection) {
        this.broker = broker;
        this.connection = connection;
    }

    /** Has a member show who it is. */
    void run(MemberProofs proofs) {
        Future<Void> unused = proofs.prove(this);
    }

    @Override
    public Future<RpcAnswer> call(int code, FieldWriter fields, byte[] body, int timeoutMs) {
        FakeRequest request = broker.call(new FakeRequest(code).on(connection).body(body));
        return Future.succeededFuture(new RpcAnswer(
                request.replyCode(), request.replyRemark(), new FakeFields(Map.of()), request.replyBody()));
    }

    @Override
    public Future<Void> connect() {
        return Future.succeededFuture();
    }

    @Override
    public boolean connected() {
        return true;
    }

    @Override
    public boolean relay(RelayableRequest request, boolean ordered, int timeoutMs, Undone undone) {
        return false;
    }

    @Override
    public int orderedInFlight() {
        return 0;
    }

    @Override
    public void onOrderedSettled(Runnable callback) {}

    @Override
    public void close() {}
}
