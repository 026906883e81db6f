package io.vledger.raft.driver.wire;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.group.GroupHost;
import io.vledger.api.origin.Origin;
import java.util.function.Function;

/**
 * What a member goes on from, as far as its connections are concerned.
 *
 * @param identity names the origin; empty if the group began with nothing
 * @param questions answers other members that ask about it; what they ask is not to be trusted
 */
public record Ancestry(String identity, Function<Buffer, Future<Buffer>> questions) {
    /** That of a group that is opened. */
    public static Ancestry of(GroupHost.Opening opening) {
        Origin origin = opening.origin();
        return new Ancestry(origin == null ? "" : origin.identity(), opening.questions());
    }
}
