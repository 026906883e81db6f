package io.vledger.store.rocksdb;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Keys of the database. Numbers are big-endian and not negative where order matters, so that keys sort like them. */
final class Keys {
    /** Whose database this is. */
    static final byte[] MARKER = text("marker");
    /** Where the log begins, and its epoch. */
    static final byte[] BASE = text("base");
    /** Term and vote. */
    static final byte[] HARD_STATE = text("hardstate");

    /** The range of keys of table files whose records lie under {@link #SAVED} until they are back in their family. */
    static final byte[] REPLACED_TABLE = text("damaged-table");

    /** Pieces of records whose table file is being replaced: {@code r}, epoch, position. */
    static final byte SAVED = 'r';
    /** Runs of terms: {@code t}, first index. */
    static final byte TERM = 't';
    /** Segments: {@code s}, position. */
    static final byte SEGMENT = 's';

    private Keys() {}

    /** Number of the database that has an index: of the queues, under the name of what they were in once, or of the keys. */
    static byte[] numberOf(String index) {
        return text("epoch-" + (index.equals("queues") ? "chunks" : index));
    }

    static byte[] text(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }

    /** A letter and a number. */
    static byte[] of(byte letter, long number) {
        return ByteBuffer.allocate(Byte.BYTES + Long.BYTES)
                .put(letter)
                .putLong(number)
                .array();
    }

    /** A letter and two numbers. */
    static byte[] of(byte letter, long first, long second) {
        return ByteBuffer.allocate(Byte.BYTES + 2 * Long.BYTES)
                .put(letter)
                .putLong(first)
                .putLong(second)
                .array();
    }

    /** The number of such a key. */
    static long number(byte[] key) {
        return ByteBuffer.wrap(key).getLong(1);
    }

    /** Numbers one after the other. */
    static byte[] of(long... numbers) {
        ByteBuffer key = ByteBuffer.allocate(numbers.length * Long.BYTES);
        for (long number : numbers) {
            key.putLong(number);
        }
        return key.array();
    }
}
