package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.EntryKind;
import io.vledger.api.store.LogBatch;
import io.vledger.raft.driver.MemberList;

/** Checks entries that belong to Raft itself, when they come from a peer: once they are in the log nobody may stumble over them. */
final class EntryPayloads {
    private EntryPayloads() {}

    /**
     * Checks all entries of a batch.
     *
     * @throws PeerCodec.BadFrame naming the first that no member writes
     */
    static void check(LogBatch batch) throws PeerCodec.BadFrame {
        for (long index = batch.firstIndex(); index <= batch.lastIndex(); index++) {
            byte kind = batch.kindAt(index);
            if (kind < EntryKind.FIRST_APPLICATION_KIND && !sound(batch, index, kind)) {
                throw new PeerCodec.BadFrame("entry " + index + " is of kind " + kind + " and cannot be read");
            }
        }
    }

    private static boolean sound(LogBatch batch, long index, byte kind) {
        ByteBuf payload = batch.payloadAt(index);
        return switch (kind) {
            case EntryKind.NOOP -> true;
            case EntryKind.MEMBERS -> isMemberList(payload, batch.payloadVersionAt(index));
            case EntryKind.DROP_PREFIX -> payload.readableBytes() >= Long.BYTES;
            default -> false;
        };
    }

    private static boolean isMemberList(ByteBuf payload, short version) {
        try {
            MemberList.decode(payload, version);
            return true;
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            return false;
        }
    }
}
