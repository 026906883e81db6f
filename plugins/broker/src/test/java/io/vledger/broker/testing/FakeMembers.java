package io.vledger.broker.testing;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient;
import io.vledger.broker.group.MemberLinks;
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
    private final Map<String, FakeMembers> confirming = new HashMap<>();
    private PeerChannel.@Nullable RequestHandler calls;

    /** Has a member answer: what is asked is given to it, and comes back answered. */
    public void put(String address, UnaryOperator<FakeRequest> member) {
        members.put(address, member);
    }

    /** Has a member confirm its calls to this one. */
    public void confirms(String node, FakeMembers member) {
        confirming.put(node, member);
    }

    MemberLinks links() {
        return new MemberLinks(this::client, new PeerChannel() {
            @Override
            public Registration serve(RequestHandler handler) {
                calls = handler;
                return () -> {};
            }

            @Override
            public Future<Buffer> request(String node, Buffer request, int timeoutMs) {
                FakeMembers member = confirming.get(node);
                return member == null || member.calls == null
                        ? Future.failedFuture(new IOException(node + " is not there"))
                        : member.calls.answer(request);
            }
        });
    }

    private RpcClient client(String address) {
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
                        answered.replyCode(), answered.replyRemark(), new FakeFields(Map.of()), answered.replyBody()));
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
