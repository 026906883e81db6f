package io.vledger.broker.testing;

import io.vertx.core.Future;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient;
import io.vledger.testkit.fake.FakeFields;
import io.vledger.testkit.fake.FakeRequest;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Other members of a group, by their client addresses; one that is not there is not reached. */
public final class FakeMembers {
    private final Map<String, UnaryOperator<FakeRequest>> members = new HashMap<>();

    /** Has a member answer: what is asked is given to it, and comes back answered. */
    public void put(String address, UnaryOperator<FakeRequest> member) {
        members.put(address, member);
    }

    RpcClient client(String address) {
        return new RpcClient() {
            @Override
            public Future<RpcAnswer> call(int code, FieldWriter fields, byte @Nullable [] body, int timeoutMs) {
                UnaryOperator<FakeRequest> member = members.get(address);
                if (member == null) {
                    return Future.failedFuture(new IOException(address + " is not there"));
                }
                FakeRequest request = new FakeRequest(code).body(body == null ? new byte[0] : body);
                FakeFields.of(fields).values().forEach(request::with);
                FakeRequest answered = member.apply(request);
                return Future.succeededFuture(new RpcAnswer(
                        answered.replyCode(), answered.replyRemark(), new FakeFields(Map.of()), new byte[0]));
            }

            @Override
            public boolean connected() {
                return members.containsKey(address);
            }

            @Override
            public void onDisconnect(Runnable handler) {}

            @Override
            public void close() {}
        };
    }
}
