package io.vledger.importer.agree;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;

/** A member that can be asked. Safe for use by any thread. */
@FunctionalInterface
interface Peer {
    /** Asks; fails with {@link IOException} if it cannot be asked, or answers that it cannot. */
    Future<PeerMessage> ask(JsonObject question);

    /** One that answers in this process. */
    static Peer local(PeerQueryHandler queryHandler) {
        return question -> queryHandler.ask(question).compose(answer -> {
            IOException failure = answer.failure();
            return failure == null ? Future.succeededFuture(answer) : Future.failedFuture(failure);
        });
    }
}
