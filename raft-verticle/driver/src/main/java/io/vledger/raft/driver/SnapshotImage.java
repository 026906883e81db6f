package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;

/**
 * What a snapshot holds. Big-endian: short version, member list (short version and payload), int length and bytes of the queue
 * index's mark, the same of the key index's mark, then the state machine's bytes.
 *
 * @param queueMark where the queue index stood; meaningful on the node that wrote it only
 * @param keyMark the same of the key index
 * @param state the state machine's bytes; a slice of the decoded buffer
 */
record SnapshotImage(MemberList members, byte[] queueMark, byte[] keyMark, ByteBuf state) {
    private static final short VERSION = 1;
    private static final int MAX_MARK_BYTES = 16 << 20;

    void encode(ByteBuf target) {
        target.writeShort(VERSION);
        target.writeShort(MemberList.VERSION);
        members.encode(target);
        target.writeInt(queueMark.length).writeBytes(queueMark);
        target.writeInt(keyMark.length).writeBytes(keyMark);
        target.writeBytes(state, state.readerIndex(), state.readableBytes());
    }

    /**
     * Reads an image.
     *
     * @throws IllegalStateException if it is not one
     */
    static SnapshotImage decode(ByteBuf image) {
        ByteBuf in = image.slice();
        short version = in.readShort();
        if (version != VERSION) {
            throw new IllegalStateException("snapshot of unknown version " + version);
        }
        MemberList members = MemberList.decode(in, in.readShort());
        byte[] queueMark = readMark(in);
        byte[] keyMark = readMark(in);
        return new SnapshotImage(members, queueMark, keyMark, in.slice());
    }

    private static byte[] readMark(ByteBuf in) {
        int length = in.readInt();
        if (length < 0 || length > MAX_MARK_BYTES || length > in.readableBytes()) {
            throw new IllegalStateException("a mark of " + length + " bytes is out of bounds");
        }
        byte[] mark = new byte[length];
        in.readBytes(mark);
        return mark;
    }
}
