package io.vledger.api.origin;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.plugin.GroupConfig;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds or makes the origin of a group; offered under {@code ""} by the importer. Safe for use by any thread. */
public interface Origins {
    /**
     * Prepares a group on this node, before its store is opened: completes at once if that was done before, else when all
     * members have agreed and this node has everything it needs, which takes as long as copying does.
     *
     * @return empty if the group begins with nothing; fails with a message that names file, cause and remedy
     */
    Future<Optional<Origin>> prepare(GroupConfig config);

    /** What {@link #prepare} is doing or waiting for, for people; empty once it is done. */
    String progress(String group);

    /** The members without which {@link #prepare} cannot go on and that have not come; null while it waits for none. */
    default @Nullable FirstStart firstStart(String group) {
        return null;
    }

    /**
     * Completes, with a text for people, if a group that was opened must be closed again: a member that could not be asked before says
     * now that its old broker ran again. Never completes otherwise.
     */
    default Future<String> objection(String group) {
        return Promise.<String>promise().future();
    }
}
