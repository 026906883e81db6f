package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of a member that asks about the group's origin before it opens the group itself. Answers come in the order of
 * the questions. For the group's loop.
 */
final class Questioner {
    private static final Logger LOG = LoggerFactory.getLogger(Questioner.class);
    private static final int MAX_WAITING = 64;

    private final String group;
    private final PeerSocket socket;
    private final Context context;
    private final Function<Buffer, Future<Buffer>> questions;
    private Future<Void> last = Future.succeededFuture();
    private int waiting;

    Questioner(String group, PeerSocket socket, Context context, Function<Buffer, Future<Buffer>> questions) {
        this.group = group;
        this.socket = socket;
        this.context = context;
        this.questions = questions;
    }

    /** Answers one frame, which stays with the caller. */
    void ask(ByteBuf frame) throws PeerCodec.BadFrame {
        Buffer question = PeerCodec.decodeQuestion(frame);
        if (++waiting > MAX_WAITING) {
            throw new PeerCodec.BadFrame("it asked more than " + MAX_WAITING + " questions without waiting");
        }
        last = last.transform(before -> answer(question)).transform(answer -> told(answer.result(), answer.cause()));
    }

    private Future<Buffer> answer(Buffer question) {
        try {
            return questions.apply(question);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private Future<Void> told(@Nullable Buffer answer, @Nullable Throwable failure) {
        context.runOnContext(none -> {
            waiting--;
            if (answer == null) {
                LOG.warn(
                        "{}: cannot answer what {} asks about the old data: {}",
                        group,
                        socket.remote(),
                        String.valueOf(failure));
                socket.close();
            } else if (answer.length() > PeerCodec.MAX_ANSWER_BYTES) {
                LOG.warn("{}: an answer for {} has {} bytes, closing", group, socket.remote(), answer.length());
                socket.close();
            } else {
                socket.send(PeerCodec.encodeAnswer(answer, socket.allocator()));
            }
        });
        return Future.succeededFuture();
    }
}
