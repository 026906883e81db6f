package io.vledger.raft.driver.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.vledger.api.net.PeerChannel;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.StoreException;
import io.vledger.raft.MemberStart;
import io.vledger.raft.Message;
import io.vledger.raft.Standing;
import io.vledger.raft.driver.BatchEntries;
import io.vledger.raft.driver.InstallData;
import io.vledger.raft.driver.KeepAlive;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Frames of the Raft connection. After the int length: a type byte, then
 *
 * <pre>
 * 1 hello          short version, texts group, from, to; long incarnation, count, run, term, lastIndex, nonce; texts
 *                  clientAddress, httpAddress, origin; short count, for each member the texts id and address (what follows clientAddress may be absent)
 * 2 vote request   long term; byte flags (1 pre, 2 transfer); long lastIndex, lastTerm
 * 3 vote reply     long term; byte flags (1 pre, 2 granted); byte standing
 * 4 append         long term, prevIndex, prevTerm, commit, round, termStart; log records to the end of the frame
 * 5 append reply   long term; byte success; long index, conflictTerm, rejectedPrev, round; byte standing
 * 6 install        long term, base index, base term, base position; the image to the end of the frame
 * 7 install reply  long term, index
 * 8 transfer       long term
 * 9 request        of the channel "origin": the importer's bytes, to the end of the frame; instead of a hello
 * 10 response      of the channel "origin": the importer's bytes, to the end of the frame
 * 11 entries?      long term, first index, last index
 * 12 entries       long term, first index; log records to the end of the frame, none if there is nothing to give
 * 13 keep-alive    long term; byte whether the sender leads; long commit, position; short count, for each member the text id
 *                  and a byte whether it is in sync
 * 14 conflict      long term, index, entry term
 * 15 outdated      long term, incarnation, count
 * 16 whose?        texts group, from, to; long nonce; instead of a hello
 * 17 mine          byte whether the connection with that nonce is the sender's
 * 18 not open      nothing; in place of a hello: the sender runs, and its group is not open
 * 22 request       of the channel "calls": the broker's bytes, to the end of the frame; instead of a hello
 * 23 response      of the channel "calls": the broker's bytes, to the end of the frame
 * </pre>
 *
 * 19 to 21 are those of {@link AuthenticationFrames}. A text is a short length and UTF-8 bytes. Log records are verified in full ({@link LogBatch#parse}) when they are decoded.
 */
public final class PeerCodec {
    /** Bound of a frame between members, length field excluded. */
    public static final int MAX_FRAME_BYTES = 80 << 20;
    /** Bound of a frame of somebody who is not known to be a member: a hello, or a request. */
    public static final int MAX_FIRST_FRAME_BYTES = 256 << 10;
    /** Bound of a response, its type included. */
    static final int MAX_RESPONSE_FRAME_BYTES = 1 + PeerChannel.MAX_RESPONSE_BYTES;

    static final short VERSION = 2;
    private static final int HELLO = 1;
    private static final int VOTE_REQUEST = 2;
    private static final int VOTE_REPLY = 3;
    private static final int APPEND = 4;
    private static final int APPEND_REPLY = 5;
    private static final int INSTALL = 6;
    private static final int INSTALL_REPLY = 7;
    private static final int TRANSFER = 8;
    private static final int ENTRIES_REQUEST = 11;
    private static final int ENTRIES_REPLY = 12;
    private static final int KEEP_ALIVE = 13;
    private static final int CONFLICT = 14;
    private static final int MEMORY_OUTDATED = 15;
    private static final int ADDRESS_QUESTION = 16;
    private static final int ADDRESS_ANSWER = 17;
    private static final int NOT_OPEN = 18;

    private static final int MAX_TEXT_BYTES = 1024;
    private static final int MAX_MEMBERS = 1024;
    static final int SMALL_BYTES = 64;

    private final Addressing addressing;

    /** A codec for groups of this addressing. */
    public PeerCodec(Addressing addressing) {
        this.addressing = addressing;
    }

    /** A frame that does not follow the protocol; the connection must be closed. */
    public static final class BadFrame extends Exception {
        private static final long serialVersionUID = 1L;

        /** Says what is wrong. */
        public BadFrame(String message) {
            super(message, null, false, false);
        }
    }

    /** Whether a frame is a hello. */
    public static boolean isHello(ByteBuf frame) {
        return frame.isReadable() && frame.getByte(frame.readerIndex()) == HELLO;
    }

    /** Encodes a hello. */
    public static ByteBuf encode(Hello hello, ByteBufAllocator allocator) {
        ByteBuf frame = allocator.buffer(256);
        frame.writeInt(0).writeByte(HELLO).writeShort(VERSION);
        writeText(frame, hello.group());
        writeText(frame, hello.from());
        writeText(frame, hello.to());
        MemberStart start = hello.start();
        frame.writeLong(start.incarnation()).writeLong(start.count()).writeLong(start.run());
        frame.writeLong(start.term()).writeLong(start.lastIndex()).writeLong(hello.nonce());
        writeText(frame, hello.clientAddress());
        writeText(frame, hello.httpAddress());
        writeText(frame, hello.origin());
        frame.writeShort(hello.members().size());
        hello.members().forEach((member, address) -> {
            writeText(frame, member);
            writeText(frame, address);
        });
        return frame.setInt(0, frame.readableBytes() - Integer.BYTES);
    }

    /** Decodes a hello. */
    public static Hello decodeHello(ByteBuf frame) throws BadFrame {
        try {
            if (frame.readByte() != HELLO) {
                throw new BadFrame("the first frame is not a hello");
            }
            short version = frame.readShort();
            if (version != VERSION) {
                throw new BadFrame("the other side speaks version " + version + ", this node speaks " + VERSION);
            }
            String group = readText(frame);
            String from = readText(frame);
            String to = readText(frame);
            MemberStart start = new MemberStart(
                    frame.readLong(), frame.readLong(), frame.readLong(), frame.readLong(), frame.readLong());
            long nonce = frame.readLong();
            if (start.incarnation() < 0 || start.count() < 0 || start.term() < 0 || start.lastIndex() < 0) {
                throw new BadFrame("a hello has negative numbers");
            }
            String clientAddress = readText(frame);
            String httpAddress = frame.isReadable() ? readText(frame) : "";
            String origin = frame.isReadable() ? readText(frame) : "";
            Map<String, String> members = new TreeMap<>();
            for (int left = frame.isReadable() ? readCount(frame) : 0; left > 0; left--) {
                members.put(readText(frame), readText(frame));
            }
            return new Hello(group, from, to, start, nonce, clientAddress, httpAddress, origin, members);
        } catch (IndexOutOfBoundsException e) {
            throw new BadFrame("a hello is cut short");
        }
    }

    /** Whether a frame is a keep-alive. */
    static boolean isKeepAlive(ByteBuf frame) {
        return frame.isReadable() && frame.getByte(frame.readerIndex()) == KEEP_ALIVE;
    }

    /** Encodes a keep-alive. */
    static ByteBuf encode(KeepAlive keepAlive, ByteBufAllocator allocator) {
        ByteBuf frame = allocator.buffer(SMALL_BYTES).writeInt(0).writeByte(KEEP_ALIVE);
        frame.writeLong(keepAlive.term()).writeBoolean(keepAlive.leads());
        frame.writeLong(keepAlive.commitIndex()).writeLong(keepAlive.position());
        frame.writeShort(keepAlive.members().size());
        for (KeepAlive.Member member : keepAlive.members()) {
            writeText(frame, member.node());
            frame.writeBoolean(member.inSync());
        }
        return frame.setInt(0, frame.readableBytes() - Integer.BYTES);
    }

    /** Decodes a keep-alive. */
    static KeepAlive decodeKeepAlive(ByteBuf frame) throws BadFrame {
        try {
            frame.skipBytes(1);
            long term = frame.readLong();
            boolean leads = frame.readBoolean();
            long commit = frame.readLong();
            long position = frame.readLong();
            if (term < 0 || commit < 0 || position < 0) {
                throw new BadFrame("a keep-alive has negative numbers");
            }
            List<KeepAlive.Member> members = new ArrayList<>();
            for (int left = readCount(frame); left > 0; left--) {
                members.add(new KeepAlive.Member(readText(frame), frame.readBoolean()));
            }
            return new KeepAlive(term, leads, commit, position, members);
        } catch (IndexOutOfBoundsException e) {
            throw new BadFrame("a keep-alive is cut short");
        }
    }

    /** Whether a frame is an {@link AddressQuestion}. */
    static boolean isAddressQuestion(ByteBuf frame) {
        return frame.isReadable() && frame.getByte(frame.readerIndex()) == ADDRESS_QUESTION;
    }

    /** Encodes a question for the one who made a connection. */
    static ByteBuf encode(AddressQuestion question, ByteBufAllocator allocator) {
        ByteBuf frame = allocator.buffer(SMALL_BYTES).writeInt(0).writeByte(ADDRESS_QUESTION);
        writeText(frame, question.group());
        writeText(frame, question.from());
        writeText(frame, question.to());
        frame.writeLong(question.nonce());
        return frame.setInt(0, frame.readableBytes() - Integer.BYTES);
    }

    /** Decodes a question for the one who made a connection. */
    static AddressQuestion decodeAddressQuestion(ByteBuf frame) throws BadFrame {
        try {
            frame.skipBytes(1);
            return new AddressQuestion(readText(frame), readText(frame), readText(frame), frame.readLong());
        } catch (IndexOutOfBoundsException e) {
            throw new BadFrame("a question is cut short");
        }
    }

    /** Encodes the answer to an {@link AddressQuestion}. */
    static ByteBuf encodeAddressAnswer(boolean mine, ByteBufAllocator allocator) {
        return allocator
                .buffer(SMALL_BYTES)
                .writeInt(2)
                .writeByte(ADDRESS_ANSWER)
                .writeBoolean(mine);
    }

    /** Decodes the answer to an {@link AddressQuestion}. */
    static boolean decodeAddressAnswer(ByteBuf frame) throws BadFrame {
        if (frame.readableBytes() != 2 || frame.readByte() != ADDRESS_ANSWER) {
            throw new BadFrame("a question of who connects was not answered");
        }
        return frame.readBoolean();
    }

    /** Whether a frame says that the group is not open. */
    static boolean isNotOpen(ByteBuf frame) {
        return frame.isReadable() && frame.getByte(frame.readerIndex()) == NOT_OPEN;
    }

    /** Encodes that the group is not open. */
    static ByteBuf encodeNotOpen(ByteBufAllocator allocator) {
        return allocator.buffer(SMALL_BYTES).writeInt(1).writeByte(NOT_OPEN);
    }

    /** Encodes a message. Records and images are referenced, not copied. */
    public ByteBuf encode(Message message, ByteBufAllocator allocator) {
        ByteBuf frame = allocator.buffer(SMALL_BYTES).writeInt(0);
        if (message instanceof Message.AppendRequest m) {
            frame.writeByte(APPEND).writeLong(m.term()).writeLong(m.prevIndex()).writeLong(m.prevTerm());
            frame.writeLong(m.commit()).writeLong(m.round()).writeLong(m.termStart());
            if (m.entries() instanceof BatchEntries entries) {
                return join(frame, entries.batch().bytes().retain(), allocator);
            }
        } else if (message instanceof Message.AppendAccepted m) {
            frame.writeByte(APPEND_REPLY).writeLong(m.term()).writeBoolean(true).writeLong(m.matchIndex());
            frame.writeLong(0).writeLong(0).writeLong(m.round()).writeByte(code(m.standing()));
        } else if (message instanceof Message.AppendRejected m) {
            frame.writeByte(APPEND_REPLY)
                    .writeLong(m.term())
                    .writeBoolean(false)
                    .writeLong(m.nextIndex());
            frame.writeLong(m.conflictTerm()).writeLong(m.rejectedPrev()).writeLong(m.round());
            frame.writeByte(code(m.standing()));
        } else if (message instanceof Message.VoteRequest m) {
            frame.writeByte(VOTE_REQUEST).writeLong(m.term()).writeByte((m.pre() ? 1 : 0) | (m.transfer() ? 2 : 0));
            frame.writeLong(m.lastIndex()).writeLong(m.lastTerm());
        } else if (message instanceof Message.VoteReply m) {
            frame.writeByte(VOTE_REPLY).writeLong(m.term()).writeByte((m.pre() ? 1 : 0) | (m.granted() ? 2 : 0));
            frame.writeByte(code(m.standing()));
        } else if (message instanceof Message.InstallRequest m) {
            InstallData data = (InstallData) m.data();
            frame.writeByte(INSTALL).writeLong(m.term());
            frame.writeLong(data.base().index())
                    .writeLong(data.base().term())
                    .writeLong(data.base().position());
            return join(frame, data.image().retainedSlice(), allocator);
        } else if (message instanceof Message.InstallReply m) {
            frame.writeByte(INSTALL_REPLY).writeLong(m.term()).writeLong(m.index());
        } else if (message instanceof Message.EntriesRequest m) {
            frame.writeByte(ENTRIES_REQUEST).writeLong(m.term()).writeLong(m.firstIndex());
            frame.writeLong(m.lastIndex());
        } else if (message instanceof Message.EntriesReply m) {
            frame.writeByte(ENTRIES_REPLY).writeLong(m.term()).writeLong(m.firstIndex());
            if (m.entries() instanceof BatchEntries entries) {
                return join(frame, entries.batch().bytes().retain(), allocator);
            }
        } else if (message instanceof Message.Conflict m) {
            frame.writeByte(CONFLICT).writeLong(m.term()).writeLong(m.index()).writeLong(m.entryTerm());
        } else if (message instanceof Message.MemoryOutdated m) {
            frame.writeByte(MEMORY_OUTDATED).writeLong(m.term()).writeLong(m.incarnation());
            frame.writeLong(m.count());
        } else {
            frame.writeByte(TRANSFER).writeLong(message.term());
        }
        return frame.setInt(0, frame.readableBytes() - Integer.BYTES);
    }

    private static ByteBuf join(ByteBuf head, ByteBuf rest, ByteBufAllocator allocator) {
        head.setInt(0, head.readableBytes() - Integer.BYTES + rest.readableBytes());
        CompositeByteBuf whole = allocator.compositeBuffer(2);
        return whole.addComponents(true, head, rest);
    }

    /**
     * Decodes a message. Entries and images keep a reference to {@code frame} of their own; the receiver of the message
     * releases it with {@link #release}.
     */
    public Message decode(ByteBuf frame) throws BadFrame {
        try {
            int type = frame.readByte();
            long term = frame.readLong();
            return switch (type) {
                case VOTE_REQUEST -> {
                    int flags = frame.readByte();
                    yield new Message.VoteRequest(
                            term, (flags & 1) != 0, (flags & 2) != 0, frame.readLong(), frame.readLong());
                }
                case VOTE_REPLY -> {
                    int flags = frame.readByte();
                    yield new Message.VoteReply(term, (flags & 1) != 0, (flags & 2) != 0, standing(frame.readByte()));
                }
                case APPEND -> decodeAppend(term, frame);
                case APPEND_REPLY -> decodeAppendReply(term, frame);
                case INSTALL -> decodeInstall(term, frame);
                case INSTALL_REPLY -> new Message.InstallReply(term, frame.readLong());
                case ENTRIES_REQUEST -> new Message.EntriesRequest(term, frame.readLong(), frame.readLong());
                case ENTRIES_REPLY -> new Message.EntriesReply(term, frame.readLong(), decodeEntries(frame));
                case CONFLICT -> new Message.Conflict(term, frame.readLong(), frame.readLong());
                case MEMORY_OUTDATED -> new Message.MemoryOutdated(term, frame.readLong(), frame.readLong());
                case TRANSFER -> new Message.TransferNow(term);
                default -> throw new BadFrame("a frame has the unknown type " + type);
            };
        } catch (IndexOutOfBoundsException e) {
            throw new BadFrame("a frame is cut short");
        }
    }

    private Message decodeInstall(long term, ByteBuf frame) throws BadFrame {
        LogBase base = new LogBase(frame.readLong(), frame.readLong(), frame.readLong());
        if (base.position() < 0 || base.position() != addressing.segmentStart(base.position())) {
            throw new BadFrame("a log cannot begin at position " + base.position());
        }
        if (!InstallData.readable(frame.slice())) {
            throw new BadFrame("a state at entry " + base.index() + " cannot be read");
        }
        return new Message.InstallRequest(
                term, base.index(), base.term(), new InstallData(base, frame.readRetainedSlice(frame.readableBytes())));
    }

    private static Message decodeAppendReply(long term, ByteBuf frame) throws BadFrame {
        boolean accepted = frame.readBoolean();
        long index = frame.readLong();
        long conflictTerm = frame.readLong();
        long rejectedPrev = frame.readLong();
        long round = frame.readLong();
        Standing standing = standing(frame.readByte());
        return accepted
                ? new Message.AppendAccepted(term, index, round, standing)
                : new Message.AppendRejected(term, rejectedPrev, index, conflictTerm, round, standing);
    }

    private Message decodeAppend(long term, ByteBuf frame) throws BadFrame {
        long prevIndex = frame.readLong();
        long prevTerm = frame.readLong();
        long commit = frame.readLong();
        long round = frame.readLong();
        long termStart = frame.readLong();
        BatchEntries entries = decodeEntries(frame);
        if (entries != null && entries.firstIndex() != prevIndex + 1) {
            long first = entries.firstIndex();
            entries.batch().release();
            throw new BadFrame("entries from " + first + " do not follow index " + prevIndex);
        }
        return new Message.AppendRequest(term, prevIndex, prevTerm, commit, round, termStart, entries);
    }

    private @Nullable BatchEntries decodeEntries(ByteBuf frame) throws BadFrame {
        if (!frame.isReadable()) {
            return null;
        }
        // A small batch must not keep the whole receive buffer for as long as it is cached.
        ByteBuf records = LogBatch.compact(frame.readRetainedSlice(frame.readableBytes()));
        try {
            LogBatch batch = LogBatch.parse(records, addressing);
            try {
                EntryPayloads.check(batch);
            } catch (BadFrame e) {
                batch.release();
                throw e;
            }
            return new BatchEntries(batch);
        } catch (StoreException.Damaged e) {
            records.release();
            throw new BadFrame("entries are damaged: " + e.getMessage());
        }
    }

    /** Gives back what a decoded message holds. */
    public static void release(Message message) {
        if (message instanceof Message.AppendRequest append && append.entries() instanceof BatchEntries entries) {
            entries.batch().release();
        } else if (message instanceof Message.EntriesReply reply && reply.entries() instanceof BatchEntries entries) {
            entries.batch().release();
        } else if (message instanceof Message.InstallRequest install) {
            ((InstallData) install.data()).image().release();
        }
    }

    private static int code(Standing standing) {
        return switch (standing) {
            case VOTER -> 0;
            case RECOVERING -> 1;
            case DAMAGED -> 2;
        };
    }

    private static Standing standing(int code) throws BadFrame {
        return switch (code) {
            case 0 -> Standing.VOTER;
            case 1 -> Standing.RECOVERING;
            case 2 -> Standing.DAMAGED;
            default -> throw new BadFrame("a frame has the unknown standing " + code);
        };
    }

    private static void writeText(ByteBuf frame, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        frame.writeShort(bytes.length).writeBytes(bytes);
    }

    private static int readCount(ByteBuf frame) throws BadFrame {
        int count = frame.readUnsignedShort();
        if (count > MAX_MEMBERS) {
            throw new BadFrame("a list of " + count + " members");
        }
        return count;
    }

    private static String readText(ByteBuf frame) throws BadFrame {
        int length = frame.readUnsignedShort();
        if (length > MAX_TEXT_BYTES) {
            throw new BadFrame("a text of " + length + " bytes");
        }
        return frame.readCharSequence(length, StandardCharsets.UTF_8).toString();
    }
}
