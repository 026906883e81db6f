package io.vledger.api.rpc;

import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Header fields ({@code extFields}) of a request or an answer. Parsing of values happens on access.
 *
 * <p>The {@code required…} methods throw a {@link RequestException} with code 1 that names the missing or malformed field.
 */
public interface Fields {
    /** The value, or null if the field is absent. */
    @Nullable
    String text(String key);

    /** The value; refuses the request if it is absent or empty. */
    String requiredText(String key);

    /** The integer, or {@code otherwise} if the field is absent; a malformed one refuses the request. */
    int number(String key, int otherwise);

    /** The integer; refuses the request if absent or malformed. */
    int requiredNumber(String key);

    /** The long, or {@code otherwise} if absent; a malformed one refuses the request. */
    long longNumber(String key, long otherwise);

    /** The long; refuses the request if absent or malformed. */
    long requiredLong(String key);

    /** Whether the value is {@code true} in any case; {@code otherwise} if absent. */
    boolean flag(String key, boolean otherwise);

    /**
     * Appends the value's UTF-8 bytes to {@code target}, without making a string.
     *
     * @return the number of bytes, or -1 if the field is absent
     */
    int copyUtf8(String key, ByteBuf target);

    /**
     * Appends the UTF-8 bytes of all values but some, in the order of their keys' bytes and nothing between them: what signatures of
     * access control are about.
     *
     * @param without keys of fields that are left out
     */
    void copySortedUtf8(List<String> without, ByteBuf target);

    /** Calls back for each field. For tools and rare requests. */
    void forEach(java.util.function.BiConsumer<String, String> consumer);
}
