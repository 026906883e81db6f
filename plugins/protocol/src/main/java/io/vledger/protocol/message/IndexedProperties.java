package io.vledger.protocol.message;

import io.netty.buffer.ByteBuf;

/**
 * Finds the properties by which a stored message is indexed, TAGS, KEYS and UNIQ_KEY, in one scan without objects. A
 * flyweight for one thread.
 */
public final class IndexedProperties {
    private static final int TAGS = 0x54414753;
    private static final int KEYS = 0x4B455953;
    private static final long UNIQ_KEY = 0x554E49515F4B4559L;

    private int tagsAt;
    private int tagsLength;
    private int keysAt;
    private int keysLength;
    private int uniqueKeyAt;
    private int uniqueKeyLength;

    /** Scans {@code length} bytes of properties from {@code at} on. */
    public void scan(ByteBuf buffer, int at, int length) {
        tagsLength = 0;
        keysLength = 0;
        uniqueKeyLength = 0;
        int end = at + length;
        int cursor = at;
        while (cursor < end) {
            int pairEnd = buffer.indexOf(cursor, end, MessageProperties.VALUE_END);
            if (pairEnd < 0) {
                pairEnd = end;
            }
            int nameEnd = buffer.indexOf(cursor, pairEnd, MessageProperties.NAME_END);
            if (nameEnd > cursor && pairEnd > nameEnd + 1) {
                note(buffer, cursor, nameEnd - cursor, pairEnd);
            }
            cursor = pairEnd + 1;
        }
    }

    private void note(ByteBuf buffer, int nameAt, int nameLength, int valueEnd) {
        int valueAt = nameAt + nameLength + 1;
        int valueLength = valueEnd - valueAt;
        if (nameLength == 4) {
            int name = buffer.getInt(nameAt);
            if (name == TAGS) {
                tagsAt = valueAt;
                tagsLength = valueLength;
            } else if (name == KEYS) {
                keysAt = valueAt;
                keysLength = valueLength;
            }
        } else if (nameLength == 8 && buffer.getLong(nameAt) == UNIQ_KEY) {
            uniqueKeyAt = valueAt;
            uniqueKeyLength = valueLength;
        }
    }

    /** Where the value of TAGS starts; meaningless if {@link #tagsLength} is 0. */
    public int tagsAt() {
        return tagsAt;
    }

    /** Bytes of TAGS; 0 if there is none. */
    public int tagsLength() {
        return tagsLength;
    }

    /** Where the value of KEYS starts. */
    public int keysAt() {
        return keysAt;
    }

    /** Bytes of KEYS; 0 if there is none. */
    public int keysLength() {
        return keysLength;
    }

    /** Where the value of UNIQ_KEY starts. */
    public int uniqueKeyAt() {
        return uniqueKeyAt;
    }

    /** Bytes of UNIQ_KEY; 0 if there is none. */
    public int uniqueKeyLength() {
        return uniqueKeyLength;
    }
}
