package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import java.util.List;

/** The sections of a snapshot that {@link StatePart}s write: short how many, and each short number, int bytes and the content. */
record PartSections(List<StatePart> parts) {
    void write(ByteBuf target) {
        target.writeShort(parts.size());
        for (StatePart part : parts) {
            target.writeShort(part.section());
            int lengthAt = target.writerIndex();
            target.writeInt(0);
            part.write(target);
            target.setInt(lengthAt, target.writerIndex() - lengthAt - Integer.BYTES);
        }
    }

    void read(ByteBuf snapshot) {
        int count = StateText.count(snapshot.readShort(), Short.MAX_VALUE, "sections");
        for (int i = 0; i < count; i++) {
            int section = snapshot.readShort();
            int bytes = StateText.count(snapshot.readInt(), snapshot.readableBytes(), "bytes of a section");
            ByteBuf content = snapshot.readSlice(bytes);
            of(section).read(content);
            if (content.isReadable()) {
                throw new IllegalStateException("section " + section + " of a broker snapshot has "
                        + content.readableBytes() + " bytes more than this version knows");
            }
        }
    }

    private StatePart of(int section) {
        for (StatePart part : parts) {
            if (part.section() == section) {
                return part;
            }
        }
        throw new IllegalStateException("a broker snapshot has a section " + section
                + ", which this version does not know; run the version that wrote it, or a later one");
    }
}
