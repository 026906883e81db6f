package io.vledger.broker.access;

import io.vertx.core.Future;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcRelay;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A relay on whose connections this member shows first that it is one. Loop only. */
final class ProvenRelay implements RpcRelay {
    private static final Logger LOG = LoggerFactory.getLogger(ProvenRelay.class);

    private final RpcRelay relay;
    private final MemberProofs proofs;
    private final String address;
    private boolean proven;
    private String reported = "";

    /** A relay to the member at an address. */
    ProvenRelay(RpcRelay relay, MemberProofs proofs, String address) {
        this.relay = relay;
        this.proofs = proofs;
        this.address = address;
    }

    @Override
    public Future<Void> connect() {
        if (connected()) {
            return Future.succeededFuture();
        }
        proven = false;
        return relay.connect().compose(open -> proofs.prove(relay)
                .onSuccess(done -> proven = true)
                .onFailure(cause -> report(String.valueOf(cause.getMessage()))));
    }

    private void report(String why) {
        if (!why.equals(reported)) {
            reported = why;
            LOG.error("requests cannot be relayed to {}: {}", address, why);
        }
    }

    @Override
    public Future<RpcClient.RpcAnswer> call(int code, FieldWriter fields, byte[] body, int timeoutMs) {
        return relay.call(code, fields, body, timeoutMs);
    }

    @Override
    public boolean connected() {
        return proven && relay.connected();
    }

    @Override
    public boolean relay(RelayableRequest request, boolean ordered, int timeoutMs, Undone undone) {
        return connected() && relay.relay(request, ordered, timeoutMs, undone);
    }

    @Override
    public int orderedInFlight() {
        return relay.orderedInFlight();
    }

    @Override
    public void onOrderedSettled(Runnable callback) {
        relay.onOrderedSettled(callback);
    }

    @Override
    public void close() {
        relay.close();
    }
}
