package io.vledger.raft.driver.wire;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Accepted connections whose other side is not known to be a member. There are {@value #MAX} at most: one more closes the oldest, so that
 * members, which say who they are within milliseconds, get through however many strangers connect and say nothing. For the group's loop.
 */
final class UnidentifiedConnections {
    /** Members have a handful of connections each; what each holds before it is identified is bounded by its first frames. */
    static final int MAX = 64;

    private final PeerWarnings warnings;
    private final Set<PeerSocket> sockets = new LinkedHashSet<>();

    UnidentifiedConnections(PeerWarnings warnings) {
        this.warnings = warnings;
    }

    /** A connection was accepted. */
    void add(PeerSocket socket) {
        if (sockets.size() >= MAX) {
            Iterator<PeerSocket> oldest = sockets.iterator();
            PeerSocket closing = oldest.next();
            oldest.remove();
            warnings.warn(
                    "unidentified connections",
                    "more than " + MAX
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
