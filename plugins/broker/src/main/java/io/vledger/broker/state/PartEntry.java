package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;

/**
 * The bytes of entries whose kind is a {@link StatePart}'s. One or more parts back to back, since neighbours may share an entry, each:
 *
 * <pre>
 * int    bytes of the header
 * bytes  header: the part's own
 * int    bytes of messages
 * bytes  stored messages, which are applied after the header and indexed like any others
 * </pre>
 */
public final class PartEntry {
    private PartEntry() {}

    /** Bytes of a part of an entry. */
    public static int bytes(int headerBytes, int messageBytes) {
        return Integer.BYTES + headerBytes + Integer.BYTES + messageBytes;
    }

    /** Appends what stands before a header of this many bytes. */
    public static void beginHeader(ByteBuf target, int headerBytes) {
        target.writeInt(headerBytes);
    }

    /** Appends, after the header, what stands before this many bytes of stored messages. */
    public static void beginMessages(ByteBuf target, int messageBytes) {
        target.writeInt(messageBytes);
    }

    /**
     * Takes the next header of an entry.
     *
     * @return a view of the header, not retained; the reader stands before the length of the messages
     */
    static ByteBuf header(ByteBuf payload) {
        return payload.readSlice(StateText.count(payload.readInt(), payload.readableBytes(), "bytes of a header"));
    }

    /** Passes over the next header of an entry, and takes the length of the messages that follow. */
    public static int skipToMessages(ByteBuf payload) {
        header(payload);
        return messageBytes(payload);
    }

    /** Takes the length of the messages that follow. */
    static int messageBytes(ByteBuf payload) {
        return StateText.count(payload.readInt(), payload.readableBytes(), "bytes of messages");
    }
}
