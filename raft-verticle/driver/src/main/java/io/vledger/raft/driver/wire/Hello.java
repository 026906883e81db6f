package io.vledger.raft.driver.wire;

/**
 * First frame of either side of a connection.
 *
 * @param group group that the connection is for
 * @param from sender's node id
 * @param to the node that it believes to talk to
 * @param incarnation sender's incarnation; see {@link io.vledger.raft.Raft}
 * @param clientAddress where clients reach the sender
 * @param httpAddress where the sender answers over HTTP; empty if it does not, or if it is of a version that does not say so
 * @param origin names what the sender's log goes on from; empty if it began with nothing, or if it is of a version that
 *     does not say so
 */
public record Hello(
        String group,
        String from,
        String to,
        long incarnation,
        String clientAddress,
        String httpAddress,
        String origin) {}
