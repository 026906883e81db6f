package io.vledger.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vledger.api.group.EntryKind;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.raft.Message;
import io.vledger.raft.Standing;
import io.vledger.raft.driver.BatchEntries;
import io.vledger.raft.driver.InstallData;
import io.vledger.raft.driver.MemberList;
import io.vledger.raft.driver.wire.PeerCodec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Frames that no member sends, in a member's name: of terms far ahead, of second leaders, with numbers out of all bounds. None
 * claims something false about what a member has stored or voted: against that only authentication helps.
 */
final class HostileFrames {
    private static final long[] EDGES = {-1, Long.MIN_VALUE, Long.MAX_VALUE, (1L << 62) + 1};

    /** Entries of the state machine that can contradict its state though they can be read. */
    private static final Set<Byte> STATEFUL = Set.of((byte) 16, (byte) 22, (byte) 25, (byte) 30, (byte) 31, (byte) 51);

    private static final int SNAPSHOT_MAGIC = 0x56425331;

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
        return switch (chance.below(chance.stormy() ? 9 : 14)) {
            case 0 -> new Message.AppendRequest(term, 0, 0, 0, 0, 0, null);
            case 1 -> new Message.AppendRequest(Long.MAX_VALUE, 0, 0, 0, 0, 0, null);
            case 2 -> new Message.VoteRequest(term + (1L << 40), false, true, 0, 0);
            case 3 -> new Message.AppendRequest(term, edge, term, 0, 0, 0, null);
            case 4 -> new Message.AppendRejected(term, edge, edge, 0, 0, Standing.VOTER);
            case 5 -> new Message.InstallReply(term, edge);
            case 6 -> new Message.VoteRequest(term, chance.oneIn(2), false, edge, edge);
            case 7 -> new Message.Conflict(term, edge, edge);
            case 9 -> new Message.MemoryOutdated(term, Long.MAX_VALUE - 1 - chance.below(2), 1);
            case 10 -> new Message.MemoryOutdated(term, 1L << (40 + chance.below(22)), 1);
            case 11 -> new Message.EntriesRequest(term, edge, EDGES[chance.below(EDGES.length)]);
            case 12 -> new Message.EntriesReply(term, edge, null);
            case 13 -> new Message.AppendAccepted(term, edge, edge, Standing.VOTER);
            default -> new Message.TransferNow(term);
        };
    }

    /**
     * A frame of any type with numbers that mean something to its receiver, or nothing to anybody. It may claim something false, as only
     * one who has a member's secret can.
     *
     * @param near the receiver's term, indexes and incarnation, and the like
     */
    ByteBuf any(LogStore log, long... near) {
        long term = number(near);
        Message message =
                switch (chance.below(13)) {
                    case 0, 1, 2 -> append(term, log, near);
                    case 3 -> new Message.AppendAccepted(term, number(near), number(near), standing());
                    case 4 ->
                        new Message.AppendRejected(
                                term, number(near), number(near), number(near), number(near), standing());
                    case 5 ->
                        new Message.VoteRequest(term, chance.oneIn(2), chance.oneIn(2), number(near), number(near));
                    case 6 -> new Message.VoteReply(term, chance.oneIn(2), chance.oneIn(2), standing());
                    case 7 -> install(term, near);
                    case 8 -> new Message.InstallReply(term, number(near));
                    case 9 -> new Message.Conflict(term, number(near), number(near));
                    case 10 -> new Message.MemoryOutdated(term, number(near), number(near));
                    case 11 -> new Message.EntriesRequest(term, number(near), number(near));
                    default ->
                        chance.oneIn(2)
                                ? new Message.EntriesReply(term, number(near), null)
                                : new Message.TransferNow(term);
                };
        ByteBuf frame = codec.encode(message, UnpooledByteBufAllocator.DEFAULT);
        PeerCodec.release(message);
        frame.skipBytes(Integer.BYTES);
        if (chance.oneIn(8)) {
            frame.setByte(frame.readerIndex() + chance.below(frame.readableBytes()), chance.below(256));
        }
        return frame;
    }

    /**
     * Entries of Raft itself, which may be no member list at all, of the state machine, which may be nothing that it can read, or none. What can
     * be read and contradicts the receiver's state is not among them: against a leader that lies about what there is nothing
     * helps but that the member stops and says so ({@link LyingLeader}).
     */
    private Message append(long term, LogStore log, long... near) {
        long last = log.lastIndex();
        if (chance.oneIn(3)) {
            return new Message.AppendRequest(
                    term, number(near), number(near), number(near), number(near), number(near), null);
        }
        LogBatch.Builder builder =
                new LogBatch.Builder(log.addressing(), log.endPosition(), UnpooledByteBufAllocator.DEFAULT, 256);
        byte kind = chance.oneIn(2)
                ? (byte) (EntryKind.FIRST_APPLICATION_KIND + chance.below(60))
                : chance.pick(List.of(EntryKind.NOOP, EntryKind.MEMBERS, EntryKind.DROP_PREFIX));
        builder.open();
        ByteBuf payload = builder.buffer();
        if (kind == EntryKind.MEMBERS && chance.oneIn(2)) {
            members(near).encode(payload);
        } else if (kind < EntryKind.FIRST_APPLICATION_KIND) {
            payload.writeLong(number(near));
        } else if (STATEFUL.contains(kind)) {
            payload.writeByte(Byte.MAX_VALUE);
        } else {
            for (int i = chance.below(100); i > 0; i--) {
                payload.writeByte(chance.oneIn(2) ? 0 : chance.below(256));
            }
        }
        builder.close(kind, (short) 1, last + 1, Math.max(0, number(near)));
        long lastTerm = log.terms().isEmpty()
                ? 0
                : log.terms().get(log.terms().size() - 1).term();
        return new Message.AppendRequest(
                term,
                last,
                chance.oneIn(4) ? number(near) : lastTerm,
                number(near),
                number(near),
                number(near),
                new BatchEntries(builder.build()));
    }

    private MemberList members(long... near) {
        Map<String, MemberList.Entry> entries = new LinkedHashMap<>();
        for (String id : List.of("n0", "n1", "n2", "stranger")) {
            if (!chance.oneIn(3)) {
                entries.put(id, new MemberList.Entry(number(near), "n:1", ""));
            }
        }
        return new MemberList(entries);
    }

    private Message install(long term, long... near) {
        ByteBuf image = UnpooledByteBufAllocator.DEFAULT.buffer();
        image.writeShort(1).writeShort(MemberList.VERSION);
        members(near).encode(image);
        image.writeInt(chance.oneIn(3) ? (int) number(near) : 0).writeInt(0);
        if (chance.oneIn(2)) {
            image.writeInt(SNAPSHOT_MAGIC).writeShort(3).writeLong(number(near));
            for (int i = chance.below(200); i > 0; i--) {
                image.writeByte(chance.oneIn(2) ? 0 : chance.below(256));
            }
        }
        LogBase base = new LogBase(number(near), number(near), chance.below(4) * SimNode.SEGMENT_BYTES);
        return new Message.InstallRequest(term, base.index(), base.term(), new InstallData(base, image));
    }

    private long number(long... near) {
        return chance.oneIn(4)
                ? EDGES[chance.below(EDGES.length)]
                : near[chance.below(near.length)] + chance.below(3) - 1;
    }

    private Standing standing() {
        return chance.pick(List.of(Standing.values()));
    }
}
