package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.vledger.raft.Members;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The member list as an entry of the log. Payload, big-endian: short count, then for each member its id, incarnation (long),
 * Raft address and client address; texts are a short length and UTF-8 bytes.
 *
 * @param members by id, in configured order
 */
public record MemberList(Map<String, Entry> members) {
    /** Version of the payload's format. */
    public static final short VERSION = 1;

    private static final int MAX_MEMBERS = 1024;
    private static final int MAX_TEXT_BYTES = 1024;

    /** Copies the map, keeping its order. */
    public MemberList {
        members = new LinkedHashMap<>(members);
    }

    /**
     * One member.
     *
     * @param incarnation the one that the group relies on; 0 if none yet
     * @param raftAddress where other members reach it
     * @param clientAddress where clients reach it; empty if unknown
     */
    public record Entry(long incarnation, String raftAddress, String clientAddress) {}

    /** What the Raft core needs of it. */
    public Members incarnations() {
        Map<String, Long> numbers = new LinkedHashMap<>();
        members.forEach((id, entry) -> numbers.put(id, entry.incarnation));
        return new Members(numbers);
    }

    /** Appends the payload. */
    public void encode(ByteBuf target) {
        target.writeShort(members.size());
        members.forEach((id, entry) -> {
            writeText(target, id);
            target.writeLong(entry.incarnation);
            writeText(target, entry.raftAddress);
            writeText(target, entry.clientAddress);
        });
    }

    /**
     * Reads a payload, consuming it.
     *
     * @throws IllegalStateException if it is not one
     */
    public static MemberList decode(ByteBuf payload, short version) {
        if (version != VERSION) {
            throw new IllegalStateException("member list of unknown version " + version);
        }
        int count = payload.readUnsignedShort();
        if (count > MAX_MEMBERS) {
            throw new IllegalStateException("member list of " + count + " members");
        }
        Map<String, Entry> members = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            String id = readText(payload);
            long incarnation = payload.readLong();
            members.put(id, new Entry(incarnation, readText(payload), readText(payload)));
        }
        return new MemberList(members);
    }

    static void writeText(ByteBuf target, String text) {
        target.writeShort(ByteBufUtil.utf8Bytes(text));
        target.writeCharSequence(text, StandardCharsets.UTF_8);
    }

    static String readText(ByteBuf source) {
        int length = source.readUnsignedShort();
        if (length > MAX_TEXT_BYTES || length > source.readableBytes()) {
            throw new IllegalStateException("a text of " + length + " bytes is out of bounds");
        }
        return source.readCharSequence(length, StandardCharsets.UTF_8).toString();
    }
}
