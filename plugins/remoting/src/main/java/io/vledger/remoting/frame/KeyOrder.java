package io.vledger.remoting.frame;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntBinaryOperator;

/**
 * The fields of a header in the order of their keys, remembered: a client's requests of one kind have the same keys in the same places. Sorted as
 * numbers, of the first bytes of a key and the field: keys that begin alike are compared as a whole, and are few. Where none begin alike, the
 * beginnings alone decide, and the same beginnings have the same order.
 */
final class KeyOrder {
    /** Above this many fields this would be slow, and there are as many bits. */
    static final int MAX = Long.SIZE;
    /** How many bytes of a key a beginning has; the lowest byte is free. */
    static final int BYTES = Long.BYTES - 1;

    private static final int FIELD_MASK = 0xFF;

    /** The beginnings in their order, each with its field. */
    private final long[] sorted;

    private final int[] fields;
    private boolean distinct;
    private List<String> wanted = List.of();
    /** A bit a place in the order. */
    private long asWanted;

    /** Of so many fields. */
    KeyOrder(int count) {
        sorted = new long[count];
        fields = new int[count];
    }

    /**
     * The beginning of a key, a number that sorts as its bytes do.
     *
     * @param eight its first bytes, the first of all on top, and whatever follows them
     */
    static long beginning(long eight, int keyLength) {
        long used = (-1L << Byte.SIZE) << (Byte.SIZE * (BYTES - Math.min(keyLength, BYTES)));
        return (eight & used) ^ Long.MIN_VALUE;
    }

    /** Says how the key of a field begins, for {@link #sort}, which needs all of them. */
    void put(int field, long beginning) {
        sorted[field] = beginning | field;
    }

    /**
     * Finds the order. Equal keys stay in the order of their fields.
     *
     * @param keys which {@link #beganAsWanted} is about, in ASCII
     */
    void sort(IntBinaryOperator compareKeys, List<String> keys) {
        Arrays.sort(sorted);
        distinct = true;
        for (int i = 0; i < fields.length; i++) {
            int field = (int) sorted[i] & FIELD_MASK;
            int at = i;
            while (at > 0 && alike(sorted[at - 1], sorted[i])) {
                distinct = false;
                if (compareKeys.applyAsInt(fields[at - 1], field) <= 0) {
                    break;
                }
                fields[at] = fields[at - 1];
                at--;
            }
            fields[at] = field;
        }
        wanted = keys;
        asWanted = 0;
        for (String key : keys) {
            asWanted |= placesOf(key);
        }
    }

    private static boolean alike(long one, long other) {
        return (one ^ other) >>> Byte.SIZE == 0;
    }

    private long placesOf(String key) {
        long text = 0;
        for (int i = 0; i < Math.min(key.length(), BYTES); i++) {
            text |= (long) key.charAt(i) << (Long.SIZE - Byte.SIZE * (i + 1));
        }
        long beginning = beginning(text, key.length());
        long places = 0;
        for (int i = 0; i < sorted.length; i++) {
            places |= alike(sorted[i], beginning) ? 1L << i : 0;
        }
        return places;
    }

    /** The fields in the order that was found last. */
    int[] fields() {
        return fields;
    }

    /** Whether other keys that begin in the same way have the same order, and were looked at for these. */
    boolean decides(List<String> keys) {
        return distinct && keys.equals(wanted);
    }

    /** Whether the key at a place of the order began in this way. */
    boolean beganSo(int place, long beginning) {
        return alike(sorted[place], beginning);
    }

    /** Whether it began as one that was looked for. */
    boolean beganAsWanted(int place) {
        return ((asWanted >>> place) & 1) != 0;
    }
}
