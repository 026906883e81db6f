package io.vledger.store.rocksdb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.StoreException;
import java.nio.charset.StandardCharsets;

/**
 * Whose database this is; written once, when it is made.
 *
 * @param node node id
 * @param group name of the group
 * @param segmentBytes segment size
 */
record Marker(String node, String group, long segmentBytes) {
    /** Version of everything that this store writes. */
    static final int FORMAT = 1;

    private static final int MAGIC = 0x564C5244; // "VLRD"

    byte[] encode() {
        ByteBuf content = Unpooled.buffer();
        content.writeInt(MAGIC).writeInt(FORMAT).writeLong(segmentBytes);
        text(content, node);
        text(content, group);
        return bytes(content);
    }

    static Marker decode(String database, byte[] bytes) throws StoreException.Foreign {
        ByteBuf from = Unpooled.wrappedBuffer(bytes);
        if (bytes.length < 20 || from.readInt() != MAGIC) {
            throw Marker.foreign(database);
        }
        int format = from.readInt();
        if (format != FORMAT) {
            throw new StoreException.Foreign(database + " has format " + format + ", this version knows " + FORMAT
                    + "; use the version that wrote it");
        }
        long segmentBytes = from.readLong();
        String node = text(from);
        String group = text(from);
        return new Marker(node, group, segmentBytes);
    }

    static StoreException.Foreign foreign(String database) {
        return new StoreException.Foreign(
                database + " is a RocksDB database of another program; configure another dataDir, it is left alone");
    }

    /** Refuses a directory that is not the one that was asked for. */
    void check(String directory, String wantedNode, String wantedGroup, long wantedSegmentBytes)
            throws StoreException.Foreign {
        if (!node.equals(wantedNode) || !group.equals(wantedGroup)) {
            throw new StoreException.Foreign(directory + " belongs to node " + node + " of group " + group
                    + ", not to node " + wantedNode + " of group " + wantedGroup
                    + "; configure another directory, or the right node id");
        }
        if (segmentBytes != wantedSegmentBytes) {
            throw new StoreException.Foreign(directory + " has segments of " + segmentBytes + " bytes, not of "
                    + wantedSegmentBytes + "; set the segment size back, it is fixed for the life of a group");
        }
    }

    static void text(ByteBuf to, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        to.writeShort(bytes.length).writeBytes(bytes);
    }

    static String text(ByteBuf from) {
        return from.readCharSequence(from.readUnsignedShort(), StandardCharsets.UTF_8)
                .toString();
    }

    static byte[] bytes(ByteBuf content) {
        byte[] bytes = new byte[content.readableBytes()];
        content.readBytes(bytes);
        content.release();
        return bytes;
    }
}
