package io.vledger.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogStore;
import io.vledger.raft.Message;
import io.vledger.raft.driver.wire.PeerCodec;
import java.util.HashSet;
import java.util.Set;

/** Carries messages as the bytes of the production codec; loses, delays, doubles and reorders them. */
final class SimNetwork {
    private final Cluster cluster;
    private final PeerCodec codec;
    private final HostileFrames hostile;
    private final Set<String> cut = new HashSet<>();

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

    void mend(String from, String to) {
        cut.remove(from + ">" + to);
    }

    void mendAll() {
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
        cluster.trace("hostile: %s > %s type %d", claimed, to, frame.getByte(frame.readerIndex()));
        try {
            Message message = codec.decode(frame);
            to.replica().receive(claimed.id(), claimed.incarnation(), message);
            PeerCodec.release(message);
        } catch (PeerCodec.BadFrame e) {
            cluster.trace("refused: %s", e.getMessage());
        } finally {
            frame.release();
        }
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
