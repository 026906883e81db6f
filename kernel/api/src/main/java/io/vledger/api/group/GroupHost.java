package io.vledger.api.group;

import io.vertx.core.Future;
import io.vledger.api.plugin.GroupConfig;

/** Opens groups; provided by the Raft plugin. */
public interface GroupHost {
    /**
     * Opens the store of a group, recovers it, and starts its member. Completes when the member takes part (it need not know
     * a leader yet). The group is then also offered as a service {@link Group} under its name. If it is open already, for
     * somebody who could not close it, such as a plugin whose start failed, it is closed first.
     *
     * @param factory makes the state machine, called on the group's loop once the store is open
     * @return fails with a message that names file, cause and mend
     */
    Future<Group> open(GroupConfig config, StateMachine.Factory factory);

    /**
     * Closes a group that was opened: hands over if this member leads, stops it, writes a checkpoint and closes its store. It
     * can be opened again, also by another state machine; the service {@link Group} stays the same. Does nothing if the group
     * is not open.
     */
    Future<Void> close(String group);
}
