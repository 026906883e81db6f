package io.vledger.remoting.connection;

import io.vertx.core.Future;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RequestSigner;
import io.vledger.api.rpc.RpcClient;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A client whose requests are signed in the name of this node, where there is somebody who signs. Loop only. */
final class SignedClient implements RpcClient {
    private final RpcClient client;
    private final Supplier<@Nullable RequestSigner> signer;

    /**
     * A client.
     *
     * @param client sends the requests
     * @param signer who signs at the moment, if anybody
     */
    SignedClient(RpcClient client, Supplier<@Nullable RequestSigner> signer) {
        this.client = client;
        this.signer = signer;
    }

    @Override
    public Future<RpcAnswer> call(int code, FieldWriter fields, byte @Nullable [] body, int timeoutMs) {
        RequestSigner now = signer.get();
        return client.call(code, now == null ? fields : now.sign(fields, body), body, timeoutMs);
    }

    @Override
    public boolean connected() {
        return client.connected();
    }

    @Override
    public void onDisconnect(Runnable handler) {
        client.onDisconnect(handler);
    }

    @Override
    public void close() {
        client.close();
    }
}
