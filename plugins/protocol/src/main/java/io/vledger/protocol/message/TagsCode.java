package io.vledger.protocol.message;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** The hash by which queue units and filters name a tag: {@link String#hashCode} of it, 0 for none. */
public final class TagsCode {
    private TagsCode() {}

    /** The code of the tag in a region of UTF-8 bytes; no string is made for ASCII. */
    public static long of(ByteBuf buffer, int at, int length) {
        int hash = 0;
        for (int i = 0; i < length; i++) {
            byte character = buffer.getByte(at + i);
            if (character < 0) {
                return buffer.toString(at, length, StandardCharsets.UTF_8).hashCode();
            }
            hash = 31 * hash + character;
        }
        return hash;
    }

    /** The code of a tag. */
    public static long of(String tag) {
        return tag.hashCode();
    }
}
