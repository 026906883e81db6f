package io.vledger.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogStore;
import io.vledger.raft.MemberStart;
import io.vledger.raft.Message;
import io.vledger.raft.driver.wire.NameClaim;
import io.vledger.raft.driver.wire.PeerCodec;
import java.util.HashSet;
import java.util.Set;

/** Carries messages as the bytes of the production codec; loses, delays, doubles and reorders them. */
final class SimNetwork {
    private final Cluster cluster;
    private final PeerCodec codec;
    private final HostileFrames hostile;
    private final Set<String> cut = new HashSet<>();
    private boolean namesBelieved;

    SimNetwork(Cluster cluster, long segmentBytes) {
        this.cluster = cluster;
        this.codec = new PeerCodec(new Addressing(segmentBytes));
        this.hostile = new HostileFrames(cluster.chance(), codec);
    }

    /** Nothing gets from one node to another any more. */
    void cut(String from, String to) {
        cluster.trace("cut %s > %s", from, to);
        cut.add(from + ">" + to);
    }

    void heal(String from, String to) {
        cut.remove(from + ">" + to);
    }

    void healAll() {
        cut.clear();
    }

    void send(SimNode from, String to, Message message) {
        Chance chance = cluster.chance();
        if (message instanceof Message.VoteReply reply && reply.granted() && !reply.pre()) {
            from.voted();
        }
        if (cut.contains(from.id() + ">" + to) || chance.dropsMessage()) {
            cluster.trace("%s > %s lost %s", from.id(), to, message);
            return;
        }
        ByteBuf frame = codec.encode(message, UnpooledByteBufAllocator.DEFAULT);
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        frame.release();
        long incarnation = from.incarnation();
        String sender = from.id();
        int life = from.life();
        for (int copies = chance.doublesMessage() ? 2 : 1; copies > 0; copies--) {
            cluster.time().in(chance.messageMs(), () -> deliver(sender, life, incarnation, to, bytes));
        }
    }

    /** Somebody sends in a member's name what no member would. */
    void hostile(SimNode claimed, SimNode to) {
        LogStore log = to.store().log();
        long lastTerm = log.terms().get(log.terms().size() - 1).term();
        ByteBuf frame = hostile.next(to.replica().status().term(), log.lastIndex(), lastTerm);
        hostile(claimed.id(), claimed.incarnation(), to, frame);
    }

    /** Members that hold the secret of a group send frames of any type with numbers of any size. */
    void bombard(String claimed, long incarnation, SimNode to) {
        GroupStatus status = to.replica().status();
        LogStore log = to.store().log();
        hostile(
                claimed,
                incarnation,
                to,
                hostile.any(
                        log,
                        0,
                        status.term(),
                        log.lastIndex(),
                        status.commitIndex(),
                        log.base().index(),
                        to.incarnation()));
    }

    /** A member brings an entry that contradicts what another one has applied, as the leader of a term that is so much later. */
    void contradict(String claimed, long incarnation, SimNode to, Contradictions.Lie lie, int later) {
        Message message = Contradictions.frame(
                lie, to.store().log(), to.replica().status().term() + later);
        ByteBuf frame = codec.encode(message, UnpooledByteBufAllocator.DEFAULT);
        PeerCodec.release(message);
        frame.skipBytes(Integer.BYTES);
        hostile(claimed, incarnation, to, frame);
    }

    private void hostile(String claimed, long incarnation, SimNode to, ByteBuf frame) {
        cluster.trace("hostile: %s > %s type %d", claimed, to, frame.getByte(frame.readerIndex()));
        try {
            Message message = codec.decode(frame);
            to.replica().receive(claimed, incarnation, message);
            PeerCodec.release(message);
        } catch (PeerCodec.BadFrame e) {
            cluster.trace("refused: %s", String.valueOf(e.getMessage()));
        } finally {
            frame.release();
        }
    }

    /**
     * A second process with a member's id connects, on a copy of that member's directory or on one of its own: both have a
     * memory that nobody has heard of, because a copy is known for one. It is asked at the member's address whether the
     * connection is its own.
     */
    void claim(SimNode claimed, SimNode to) {
        long known = to.replica().heardIncarnation(claimed.id());
        if (known == 0) {
            // Nobody it could be mistaken for: where the address does not answer this is how a member comes.
            return;
        }
        MemberStart own = claimed.replica().greeting();
        boolean copy = cluster.chance().oneIn(2);
        MemberStart start = new MemberStart(
                cluster.nextIncarnation(), 1, cluster.nextNumber(), copy ? own.term() : 0, copy ? own.lastIndex() : 0);
        boolean reachable = !claimed.paused()
                && !cut.contains(claimed.id() + ">" + to.id())
                && !cut.contains(to.id() + ">" + claimed.id());
        NameClaim.Answer answer = reachable ? NameClaim.Answer.NOT_ITS_OWN : NameClaim.Answer.UNREACHABLE;
        boolean believed = namesBelieved
                || NameClaim.believed(answer, to.links().connected(claimed.id()), known, start.incarnation());
        cluster.trace("a second %s connects to %s: %s, %s", claimed, to, answer, believed ? "believed" : "refused");
        if (believed) {
            to.replica().memberConnected(claimed.id(), start);
            // It has the place of the member's connection, which the member makes again.
            claimed.reconnectAll();
        }
    }

    /** Takes the rule out that the configured address decides who a member is. */
    void believeNames() {
        namesBelieved = true;
    }

    private void deliver(String from, int life, long incarnation, String to, byte[] bytes) {
        SimNode node = cluster.node(to);
        node.whileAlive(node.life(), () -> {
            if (!node.links().greeted(from, life)) {
                return;
            }
            ByteBuf frame = Unpooled.wrappedBuffer(bytes);
            frame.skipBytes(Integer.BYTES);
            Message message;
            try {
                message = codec.decode(frame);
            } catch (PeerCodec.BadFrame e) {
                throw new AssertionError("a frame that a member sent is refused: " + e.getMessage(), e);
            }
            cluster.trace("%s > %s %s", from, to, message);
            node.replica().receive(from, incarnation, message);
            PeerCodec.release(message);
            frame.release();
        });
    }
}
