package io.vledger.raft.driver.wire;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Accepted connections whose other side is not known to be a member. There are {@value #MAX} at most, and {@value #MAX_OF_ADDRESS} of one
 * address: one more closes the oldest, of that address if it has as many, so that one stranger does not close those of others, and members, which say who they are within milliseconds, get through however many strangers connect and say nothing. For the group's loop.
 */
final class UnidentifiedConnections {
    /** Members have a handful of connections each; what each holds before it is identified is bounded by its first frames. */
    static final int MAX = 64;
    /** Of one address. */
    static final int MAX_OF_ADDRESS = 24;

    private final PeerWarnings warnings;
    private final Set<PeerSocket> sockets = new LinkedHashSet<>();

    UnidentifiedConnections(PeerWarnings warnings) {
        this.warnings = warnings;
    }

    /** A connection was accepted. */
    void add(PeerSocket socket) {
        Object address = socket.address();
        List<PeerSocket> ofAddress = sockets.stream()
                .filter(other -> Objects.equals(other.address(), address))
                .toList();
        if (ofAddress.size() >= MAX_OF_ADDRESS || sockets.size() >= MAX) {
            PeerSocket closing = ofAddress.size() >= MAX_OF_ADDRESS
                    ? ofAddress.get(0)
                    : sockets.iterator().next();
            sockets.remove(closing);
            warnings.warn(
                    "unidentified connections",
                    "more than " + MAX + ", or " + MAX_OF_ADDRESS + " of one address,"
                            + " connections have been accepted whose other side is not known to be a member; the"
                            + " oldest ones are closed. Who but the members connects to the Raft port?");
            closing.abort();
        }
        sockets.add(socket);
        socket.onClosed(() -> sockets.remove(socket));
    }

    /** The other side is a member. */
    void identified(PeerSocket socket) {
        sockets.remove(socket);
    }

    /** How many there are. */
    int count() {
        return sockets.size();
    }
}
