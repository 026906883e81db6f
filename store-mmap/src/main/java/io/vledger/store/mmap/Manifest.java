package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Whose directory this is, and where its log begins. Kept in the {@link DoubleWriteFile} {@value #FILE}.
 *
 * @param node node id
 * @param group name of the group
 * @param segmentBytes segment size
 * @param base what lies before the log's first entry
 * @param emptying whether the segments that are there belong to a log that was given up, and must go before anything else
 */
record Manifest(String node, String group, long segmentBytes, LogBase base, boolean emptying) {
    static final String FILE = "manifest";
    /** Version of everything that this store writes. */
    static final int FORMAT = 1;

    private static final int NAME_BYTES_MAX = 1024;

    Manifest withBase(LogBase newBase, boolean nowEmptying) {
        return new Manifest(node, group, segmentBytes, newBase, nowEmptying);
    }

    void save(DoubleWriteFile file) throws StoreException {
        byte[] nodeBytes = node.getBytes(StandardCharsets.UTF_8);
        byte[] groupBytes = group.getBytes(StandardCharsets.UTF_8);
        if (nodeBytes.length > NAME_BYTES_MAX || groupBytes.length > NAME_BYTES_MAX) {
            throw new IllegalArgumentException("names of node and group may have " + NAME_BYTES_MAX + " bytes");
        }
        ByteBuf content = Unpooled.buffer();
        content.writeInt(FORMAT).writeInt(emptying ? 1 : 0);
        content.writeLong(segmentBytes);
        content.writeLong(base.index()).writeLong(base.term()).writeLong(base.position());
        content.writeShort(nodeBytes.length).writeBytes(nodeBytes);
        content.writeShort(groupBytes.length).writeBytes(groupBytes);
        file.save(content);
    }

    /** The manifest; empty if there is none yet. */
    static Optional<Manifest> load(DoubleWriteFile file, String directory) throws StoreException {
        Optional<ByteBuf> content;
        try {
            content = file.load();
        } catch (StoreException.Damaged e) {
            throw new StoreException.Damaged(directory + ": " + e.getMessage()
                    + "; move the directory away: the node then starts with an empty one and is filled by its peers");
        }
        if (content.isEmpty()) {
            return Optional.empty();
        }
        ByteBuf from = content.get();
        int format = from.readInt();
        if (format != FORMAT) {
            throw new StoreException.Foreign(directory + " has format " + format + ", this version knows " + FORMAT
                    + "; use the version that wrote it");
        }
        boolean emptying = from.readInt() != 0;
        long segmentBytes = from.readLong();
        LogBase base = new LogBase(from.readLong(), from.readLong(), from.readLong());
        String node = text(from);
        String group = text(from);
        return Optional.of(new Manifest(node, group, segmentBytes, base, emptying));
    }

    private static String text(ByteBuf from) {
        return from.readCharSequence(from.readUnsignedShort(), StandardCharsets.UTF_8)
                .toString();
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
}
