package io.vledger.raft.driver.wire;

import io.vledger.raft.driver.KeepAlive;
import org.jspecify.annotations.Nullable;

/** What is known of the connection to one other member. Loop only. */
final class PeerLink {
    final String member;
    /** Its address as this node has it. */
    final String address;
    /** Whether this side dials at once; the other one only where that does not succeed. */
    final boolean dials;

    @Nullable
    PeerSocket socket;

    /** Whether the member whose id comes first dialled {@link #socket}. */
    boolean dialledByFirst;
    /** The incarnation at the other end. */
    long incarnation;

    String clientAddress = "";
    String httpAddress = "";
    /** Whether the other side sends keep-alives, so that its silence means something. */
    boolean keepsAlive;

    boolean dialling;
    /** The number that the hello of the newest dialled connection has; 0 if there is none. */
    long nonce;
    /** For how long nothing has come over {@link #socket}, or for how long there has been none. */
    long silentMs;
    /** For how long nothing was sent. */
    long idleMs;
    /** What was sent in the last keep-alive. */
    @Nullable
    KeepAlive reported;

    /** Why there is no connection; empty if that is not known. */
    String unreachable = "";
    /** What is wrong with its configuration; empty if nothing is known. */
    String difference = "";

    PeerLink(String member, String address, boolean dials) {
        this.member = member;
        this.address = address;
        this.dials = dials;
    }

    /** Takes a connection. */
    void connected(PeerSocket connection, boolean byFirst, Hello hello) {
        socket = connection;
        dialledByFirst = byFirst;
        incarnation = hello.start().incarnation();
        clientAddress = hello.clientAddress();
        httpAddress = hello.httpAddress();
        keepsAlive = !hello.members().isEmpty();
        silentMs = 0;
        idleMs = 0;
        unreachable = "";
    }

    /** The connection is gone. */
    void lost() {
        socket = null;
        reported = null;
        silentMs = 0;
    }

    /** What is wrong with it, for people; empty if nothing is known. */
    String problem() {
        return socket == null && !unreachable.isEmpty() ? unreachable : difference;
    }
}
