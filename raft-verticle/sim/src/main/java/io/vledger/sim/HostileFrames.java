package io.vledger.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.group.EntryKind;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBatch;
import io.vledger.raft.Message;
import io.vledger.raft.Standing;
import io.vledger.raft.driver.BatchEntries;
import io.vledger.raft.driver.wire.PeerCodec;

/**
 * Frames that no member sends, in a member's name: of terms far ahead, of second leaders, with numbers out of all bounds. None
 * claims something false about what a member has stored or voted: against that only authentication helps.
 */
final class HostileFrames {
    private static final long[] EDGES = {-1, Long.MIN_VALUE, Long.MAX_VALUE, (1L << 62) + 1};

    private final Chance chance;
    private final PeerCodec codec;

    HostileFrames(Chance chance, PeerCodec codec) {
        this.chance = chance;
        this.codec = codec;
    }

    /** One frame, its length left out, for a receiver in this term. */
    ByteBuf next(long term, long lastIndex, long lastTerm) {
        Message message = chance.oneIn(4) ? misplaced(term, lastIndex, lastTerm) : message(term);
        ByteBuf frame = codec.encode(message, UnpooledByteBufAllocator.DEFAULT);
        PeerCodec.release(message);
        frame.skipBytes(Integer.BYTES);
        if (chance.oneIn(4)) {
            // Any byte of it but the type.
            frame.setByte(1 + chance.below(frame.readableBytes() - 1) + frame.readerIndex(), 0xFF);
        }
        return frame;
    }

    /** An entry behind the receiver's last one, at a position where its log does not go on. */
    private Message misplaced(long term, long lastIndex, long lastTerm) {
        Addressing addressing = new Addressing(SimNode.SEGMENT_BYTES);
        LogBatch.Builder builder = new LogBatch.Builder(addressing, 1L << 40, UnpooledByteBufAllocator.DEFAULT, 64);
        builder.open();
        builder.close(EntryKind.NOOP, (short) 1, lastIndex + 1, Math.max(term, lastTerm));
        return new Message.AppendRequest(
                Math.max(term, lastTerm), lastIndex, lastTerm, 0, 0, lastIndex + 1, new BatchEntries(builder.build()));
    }

    private Message message(long term) {
        long edge = EDGES[chance.below(EDGES.length)];
        return switch (chance.below(9)) {
            case 0 -> new Message.AppendRequest(term, 0, 0, 0, 0, 0, null);
            case 1 -> new Message.AppendRequest(Long.MAX_VALUE, 0, 0, 0, 0, 0, null);
            case 2 -> new Message.VoteRequest(term + (1L << 40), false, true, 0, 0);
            case 3 -> new Message.AppendRequest(term, edge, term, 0, 0, 0, null);
            case 4 -> new Message.AppendRejected(term, edge, edge, 0, 0, Standing.VOTER);
            case 5 -> new Message.InstallReply(term, edge);
            case 6 -> new Message.VoteRequest(term, chance.oneIn(2), false, edge, edge);
            case 7 -> new Message.Conflict(term, edge, edge);
            default -> new Message.TransferNow(term);
        };
    }
}
