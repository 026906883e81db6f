package io.vledger.raft.driver.wire;

import io.vledger.raft.MemberStart;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * First frame of either side of a connection.
 *
 * @param group group that the connection is for
 * @param from sender's node id
 * @param to the node that it believes to talk to
 * @param start what the sender says of its memory
 * @param nonce a random number of this connection, if the sender dialled; see {@link AddressQuestion}
 * @param clientAddress where clients reach the sender
 * @param httpAddress where the sender answers over HTTP; empty if it does not, or if it is of a version that does not say so
 * @param origin identity of the data that the sender's log continues from; empty if it began with nothing, or if it is of a version that
 *     does not say so
 * @param members the sender's list of members, Raft address by id; empty if it is of a version that does not say so, and then
 *     it sends no keep-alives either
 */
public record Hello(
        String group,
        String from,
        String to,
        MemberStart start,
        long nonce,
        String clientAddress,
        String httpAddress,
        String origin,
        Map<String, String> members) {
    /** Orders the members. */
    public Hello {
        members = Collections.unmodifiableMap(new TreeMap<>(members));
    }
}
