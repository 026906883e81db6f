package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

/**
 * Asks at a member's configured address whether a connection that was accepted in its name is its own: anybody who can connect to
 * this node's port can claim any name. For the group's loop.
 */
final class AddressCheck {
    private final Vertx vertx;
    private final PeerDialer dialer;

    AddressCheck(Vertx vertx, PeerDialer dialer) {
        this.vertx = vertx;
        this.dialer = dialer;
    }

    /** Asks; always completes, and with {@link NameClaim.Answer#UNREACHABLE} if there is no answer in time. */
    Future<NameClaim.Answer> ask(AddressQuestion question) {
        Promise<NameClaim.Answer> answer = Promise.promise();
        dialer.open(question.to(), () -> new AnswerHandler(answer)).onComplete(result -> {
            PeerSocket socket = result.result();
            if (socket == null) {
                answer.complete(NameClaim.Answer.UNREACHABLE);
                return;
            }
            socket.send(PeerCodec.encode(question, socket.allocator()));
            long timer = vertx.setTimer(
                    PeerDialer.CONNECT_TIMEOUT_MS, late -> answer.tryComplete(NameClaim.Answer.UNREACHABLE));
            answer.future().onComplete(done -> {
                vertx.cancelTimer(timer);
                socket.abort();
            });
        });
        return answer.future();
    }

    private record AnswerHandler(Promise<NameClaim.Answer> answer) implements PeerSocket.Handler {
        @Override
        public void frame(ByteBuf frame) throws PeerCodec.BadFrame {
            boolean own = PeerCodec.decodeAddressAnswer(frame);
            answer.tryComplete(own ? NameClaim.Answer.ITS_OWN : NameClaim.Answer.NOT_ITS_OWN);
        }

        @Override
        public void rejected(PeerCodec.BadFrame why) {
            answer.tryComplete(NameClaim.Answer.UNREACHABLE);
        }

        @Override
        public void closed() {
            answer.tryComplete(NameClaim.Answer.UNREACHABLE);
        }
    }
}
