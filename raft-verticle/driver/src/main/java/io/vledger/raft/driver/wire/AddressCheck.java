package io.vledger.raft.driver.wire;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;
import java.util.function.Supplier;

/**
 * Asks at a member's configured address whether a connection that was accepted in its name is its own: whoever can connect to
 * this node's port can claim any name. For the group's loop.
 */
final class AddressCheck {
    private final Vertx vertx;
    private final int timeoutMs;

    AddressCheck(Vertx vertx, int timeoutMs) {
        this.vertx = vertx;
        this.timeoutMs = timeoutMs;
    }

    /**
     * Asks.
     *
     * @param connect connects to the member's configured address
     * @param question what is asked there
     */
    Future<NameClaim.Answer> ask(Supplier<Future<NetSocket>> connect, AddressQuestion question) {
        Promise<NameClaim.Answer> answer = Promise.promise();
        connect.get().onComplete(result -> {
            NetSocket connected = result.result();
            if (connected == null) {
                answer.complete(NameClaim.Answer.UNREACHABLE);
                return;
            }
            PeerSocket[] own = new PeerSocket[1];
            PeerSocket socket = new PeerSocket(
                    connected,
                    frame -> {
                        try {
                            boolean mine = PeerCodec.decodeAddressAnswer(frame);
                            answer.tryComplete(mine ? NameClaim.Answer.ITS_OWN : NameClaim.Answer.SOMEBODY_ELSE);
                        } catch (PeerCodec.BadFrame e) {
                            answer.tryComplete(NameClaim.Answer.UNREACHABLE);
                        }
                        own[0].close();
                    },
                    () -> answer.tryComplete(NameClaim.Answer.UNREACHABLE));
            own[0] = socket;
            socket.send(PeerCodec.encode(question, socket.allocator()));
            long timer = vertx.setTimer(timeoutMs, late -> socket.abort());
            answer.future().onComplete(done -> vertx.cancelTimer(timer));
        });
        return answer.future();
    }
}
