package io.vledger.api.group;

import io.vertx.core.Future;
import io.vledger.api.origin.Origin;
import io.vledger.api.plugin.GroupConfig;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Opens groups; provided by the Raft plugin. */
public interface GroupHost {
    /**
     * Opens the store of a group, recovers it, and starts its member. Completes when the member takes part (it need not know
     * a leader yet). The group is then also offered as a service {@link Group} under its name. If it is open already, left
     * open by a user that could not close it, such as a plugin whose start failed, it is closed first.
     *
     * @param opening what to open, and how
     * @return fails with a message that names file, cause and remedy
     */
    Future<Group> open(Opening opening);

    /**
     * Closes a group that was opened: hands over if this member leads, stops it, writes a checkpoint and closes its store. It
     * can be opened again, also by another state machine; the service {@link Group} stays the same. Does nothing if the group
     * is not open.
     */
    Future<Void> close(String group);

    /**
     * What to open.
     *
     * @param config the group
     * @param origin the pre-existing data it continues from; null for none
     * @param factory makes the state machine, called on the group's loop once the store is open
     * @param progress called with what is being done, repeatedly while it makes progress; any thread
     */
    record Opening(
            GroupConfig config, @Nullable Origin origin, StateMachine.Factory factory, Consumer<String> progress) {
        /** Opens a group without an origin and without following the progress. */
        public static Opening of(GroupConfig config, StateMachine.Factory factory) {
            return new Opening(config, null, factory, what -> {});
        }
    }
}
