package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.vledger.raft.Message;
import io.vledger.raft.driver.ReplicaSettings;
import org.jspecify.annotations.Nullable;

/**
 * One connection between two members: checks the hello of the other side, and gives what follows to the replica. Nothing is believed
 * that comes over an accepted connection before the member's configured address says that the connection is its own. For the group's
 * loop.
 */
final class PeerHandshake implements PeerSocket.Handler {
    private final PeerLinks links;
    private final ReplicaSettings settings;
    /** Set if this side dialled. */
    private final @Nullable PeerLink dialled;

    private @Nullable PeerSocket socket;
    /** Set once the other side was taken for that member. */
    private @Nullable PeerLink link;

    private long peerIncarnation;
    /** Whether the member is being asked if this connection is its own. */
    private boolean asking;
    /** Whether the other side did not refuse this node: its group is not open, or it is too busy to answer. */
    private boolean redialSoon;

    private Runnable onEnd = () -> {};

    /** @param dialled the member that was dialled; null if the connection was accepted */
    PeerHandshake(PeerLinks links, @Nullable PeerLink dialled) {
        this.links = links;
        this.settings = links.settings();
        this.dialled = dialled;
    }

    /** The connection that it is about, before anything comes over it. */
    void over(PeerSocket connection) {
        socket = connection;
    }

    /** Runs a task once the other side was taken, or the connection is closed. */
    void onEnd(Runnable task) {
        onEnd = task;
    }

    /** Whether the other side was taken for the member that it says it is. */
    boolean done() {
        return link != null;
    }

    /** Gives the other side up, which has not sent its hello in time. */
    void abort(PeerSocket connection) {
        redialSoon = true;
        connection.abort();
    }

    @Override
    public void frame(ByteBuf frame) throws PeerCodec.BadFrame {
        PeerSocket from = socket;
        if (from == null || links.isClosed()) {
            return;
        }
        PeerLink known = link;
        if (known == null) {
            first(from, frame);
        } else if (PeerCodec.isKeepAlive(frame)) {
            links.member().keptAlive(known.member, PeerCodec.decodeKeepAlive(frame));
        } else if (known.socket == from) {
            // Else another connection has taken its place.
            Message message = links.codec().decode(frame);
            try {
                links.member().receive(known.member, peerIncarnation, message);
            } finally {
                PeerCodec.release(message);
            }
            links.woken();
        }
    }

    private void first(PeerSocket from, ByteBuf frame) throws PeerCodec.BadFrame {
        if (dialled != null && PeerCodec.isNotOpen(frame)) {
            redialSoon = true;
            dialled.unreachable = "its node runs, and has not opened the group";
            // It neither leads nor votes, as if its process were gone.
            links.member().memberLost(dialled.member, true);
            from.close();
        } else if (!asking) {
            check(from, PeerCodec.decodeHello(frame));
        }
    }

    private void check(PeerSocket from, Hello hello) throws PeerCodec.BadFrame {
        if (!hello.group().equals(settings.group()) || !hello.to().equals(settings.node())) {
            throw unexpected("it looks for node " + hello.to() + " of group " + hello.group() + ", this is node "
                    + settings.node() + " of group " + settings.group() + "; compare the lists of peers");
        }
        PeerLink claimed = links.find(hello.from());
        if (dialled != null && dialled != claimed) {
            throw unexpected("it says it is node " + hello.from() + ", but node " + dialled.member
                    + " is expected there; compare the lists of peers");
        }
        compareLists(from, hello, claimed);
        if (claimed == null) {
            throw new PeerCodec.BadFrame(
                    "it says it is node " + hello.from() + ", which is not expected here; compare the lists of peers");
        }
        if (!hello.origin().equals(links.originIdentity())) {
            throw unexpected("node " + hello.from() + " continues from " + describe(hello.origin())
                    + ", this node from " + describe(links.originIdentity())
                    + "; they are not one group. Stop the one that is wrong, empty its directories vledger-"
                    + settings.group() + " and vledger-" + settings.group()
                    + "-origin, and start it again: it takes what it needs from the others");
        }
        if (hello.start().incarnation() > links.greatestIncarnation()) {
            throw unexpected("node " + hello.from() + " says its memory is of the far future; is its clock right?");
        }
        if (dialled != null) {
            take(from, hello, claimed);
        } else {
            asking = true;
            verify(from, hello, claimed);
        }
    }

    /** Asks the member whether this connection is its own before anything is believed that comes over it. */
    private void verify(PeerSocket from, Hello hello, PeerLink claimed) {
        AddressQuestion question =
                new AddressQuestion(settings.group(), settings.node(), claimed.member, hello.nonce());
        links.addresses().ask(question).onSuccess(answer -> {
            if (from.isClosed()) {
                return;
            }
            if (links.isClosed()) {
                from.close();
                return;
            }
            String doubt = doubt(answer, from, hello, claimed);
            if (doubt.isEmpty()) {
                take(from, hello, claimed);
            } else {
                links.warnings().warn(claimed.member, doubt);
                from.close();
            }
        });
    }

    /** Why the other side is not who it says; empty to believe it. */
    private String doubt(NameClaim.Answer answer, PeerSocket from, Hello hello, PeerLink claimed) {
        long known = links.member().heardIncarnation(claimed.member);
        if (NameClaim.believed(
                answer, claimed.socket != null, known, hello.start().incarnation())) {
            return "";
        }
        String who = from.remote() + " says it is node " + claimed.member;
        if (answer == NameClaim.Answer.NOT_ITS_OWN) {
            return who + ", but the one at " + claimed.address + " says that connection is not its own; it is refused."
                    + " Is there a second process with that id?";
        }
        return who + ", but cannot be asked at " + claimed.address + "; it is refused. Compare the lists of peers";
    }

    private PeerCodec.BadFrame unexpected(String text) {
        if (dialled != null) {
            dialled.unreachable = text;
        }
        return new PeerCodec.BadFrame(text);
    }

    /** Lists that name different members would mean different majorities: then neither side connects, and both say so. */
    private void compareLists(PeerSocket from, Hello hello, @Nullable PeerLink claimed) throws PeerCodec.BadFrame {
        if (hello.members().isEmpty()) {
            return;
        }
        ListDifference found = new ListDifference(settings.raftAddresses(), hello.from(), hello.members());
        String text = found.sentence();
        if (claimed != null) {
            claimed.difference = text;
        } else {
            links.stranger(hello.from(), text);
        }
        if (found.inMembers()) {
            if (dialled == null) {
                // So that the other side can say what differs, too.
                links.sendHello(from, hello.from(), 0);
            }
            throw unexpected(text);
        }
        if (!text.isEmpty()) {
            links.warnings().warn(hello.from(), text);
        }
    }

    private void take(PeerSocket from, Hello hello, PeerLink claimed) {
        peerIncarnation = hello.start().incarnation();
        boolean byFirst = claimed.dials == (dialled != null);
        PeerSocket old = claimed.socket;
        if (old != null && claimed.dialledByFirst && !byFirst && claimed.incarnation >= peerIncarnation) {
            // Both sides dialled: the connection that stays is the same one on both.
            from.close();
            return;
        }
        link = claimed;
        onEnd.run();
        from.acceptLargeFrames();
        claimed.connected(from, byFirst, hello);
        if (dialled == null) {
            links.sendHello(from, hello.from(), 0);
        } else {
            dialled.dialling = false;
        }
        if (old != null) {
            old.abort();
        }
        links.member().memberConnected(hello.from(), hello.start());
        links.keepAlive(claimed, from);
    }

    private static String describe(String originIdentity) {
        return originIdentity.isEmpty() ? "nothing" : "old data " + originIdentity;
    }

    @Override
    public void rejected(PeerCodec.BadFrame why) {
        PeerSocket from = socket;
        String remote = from == null ? "" : from.remote();
        if (link != null) {
            links.member().frameRefused();
        }
        PeerLink known = link != null ? link : dialled;
        String text = "closing the connection with " + remote + ": " + why.getMessage();
        if (known != null) {
            links.warnings().warn(known.member, text);
        } else {
            links.warnings().stranger(from == null ? null : from.address(), text);
        }
    }

    @Override
    public void closed() {
        onEnd.run();
        PeerLink known = link;
        if (links.isClosed()) {
            return;
        }
        if (known == null) {
            if (dialled != null) {
                links.greetedInVain(dialled, redialSoon);
            }
        } else if (known.socket == socket) {
            links.lost(known);
        }
    }
}
