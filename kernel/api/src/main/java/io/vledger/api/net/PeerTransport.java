package io.vledger.api.net;

/**
 * Connects the members of this node's groups; provided under {@code ""} by the Raft plugin. It listens on the Raft address of each
 * configured group from the plugin's start until its stop, whether the group is open or not. Any thread.
 */
public interface PeerTransport {
    /** The channel over which members ask each other about the data that a group continues from. */
    String ORIGIN_CHANNEL = "origin";

    /** The channel over which members confirm to each other what came over a client port. */
    String CALLS_CHANNEL = "calls";

    /**
     * A channel of a group, always the same one for the same names.
     *
     * @throws IllegalArgumentException if the group is not configured on this node, or there is no channel of that name
     */
    PeerChannel channel(String group, String name);
}
