package io.vledger.remoting.frame;

import io.netty.buffer.ByteBuf;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.protocol.LanguageCode;
import io.vledger.protocol.ResponseCode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A parsed frame header: its fixed parts, and for each field where key and value lie in the header's bytes. Values are
 * decoded when asked for; escaped ones are unescaped in place the first time, because that never makes them longer.
 *
 * <p>One header is used again for every frame of a loop, see {@link HeaderReader}; {@link #copy} makes one that stays.
 */
public final class Header implements Fields {
    /** Bound of the number of fields. */
    static final int MAX_FIELDS = 4096;

    private static final int INTS_PER_FIELD = 4;
    /** Above this many fields insertion would be slow. */
    private static final int MAX_INSERTED = 64;

    private static final int FIELD_MASK = 0xFF;
    /** So few are copied one by one. */
    private static final int SHORT_BYTES = 8;

    /** Marks a value that still has backslashes in it; kept in the sign bit of its length. */
    private static final int ESCAPED = 1 << 31;

    /** Encoding of a header as JSON text. */
    public static final byte JSON = 0;

    /** Encoding of a header as RocketMQ's binary layout; see {@link BinaryHeaderParser}. */
    public static final byte BINARY = 1;

    private static final int RESPONSE_BIT = 1;
    private static final int ONEWAY_BIT = 2;

    int code;
    int flag;
    int opaque;
    int version;
    LanguageCode language = LanguageCode.JAVA;
    private byte encoding;

    private byte[] bytes;
    private int remarkStart;
    private int remarkLength;
    /** Key start, key length, value start, value length of each field. */
    private int[] ranges;

    private int count;
    /** For {@link #inserted}; empty until a signature is verified for the first time. */
    private long[] sortable = {};

    private int[] order = {};

    Header() {
        this(new byte[1024], new int[INTS_PER_FIELD * 24]);
    }

    private Header(byte[] bytes, int[] ranges) {
        this.bytes = bytes;
        this.ranges = ranges;
    }

    /** Copies a header's bytes to the array that is returned, and forgets the header before. */
    byte[] load(ByteBuf in, int start, int length, byte newEncoding) {
        if (bytes.length < length || bytes.length > 1 << 16) {
            bytes = new byte[Math.max(1024, length + (length >> 1))];
        }
        in.getBytes(start, bytes, 0, length);
        code = 0;
        flag = 0;
        opaque = 0;
        version = 0;
        language = LanguageCode.JAVA;
        remarkLength = -1;
        count = 0;
        encoding = newEncoding;
        return bytes;
    }

    /** A copy with bytes of its own. */
    public Header copy() {
        int used = 0;
        for (int i = 0; i < count; i++) {
            used = Math.max(used, valueStart(i) + valueLength(i));
            used = Math.max(used, keyStart(i) + keyLength(i));
        }
        if (remarkLength >= 0) {
            used = Math.max(used, remarkStart + (remarkLength & ~ESCAPED));
        }
        Header copy = new Header(Arrays.copyOf(bytes, used), Arrays.copyOf(ranges, count * INTS_PER_FIELD));
        copy.code = code;
        copy.flag = flag;
        copy.opaque = opaque;
        copy.version = version;
        copy.encoding = encoding;
        copy.language = language;
        copy.remarkStart = remarkStart;
        copy.remarkLength = remarkLength;
        copy.count = count;
        return copy;
    }

    /** Request or response code. */
    public int code() {
        return code;
    }

    /** The sender's correlation number. */
    public int opaque() {
        return opaque;
    }

    /** The sender's {@code MQVersion} ordinal. */
    public int version() {
        return version;
    }

    /** {@link #JSON} or {@link #BINARY}. */
    public byte encoding() {
        return encoding;
    }

    /** The sender's language; Java if the header names none. */
    public LanguageCode language() {
        return language;
    }

    /** Whether it is an answer. */
    public boolean response() {
        return (flag & RESPONSE_BIT) != 0;
    }

    /** Whether no answer is expected. */
    public boolean oneway() {
        return (flag & ONEWAY_BIT) != 0;
    }

    /** Sets the remark, which is unescaped in place. */
    void remark(int start, int length, boolean escaped) {
        remarkStart = start;
        remarkLength = escaped ? JsonEscapes.unescape(bytes, start, length) : length;
    }

    /** The remark, if there is one. */
    public @Nullable String remark() {
        return remarkLength < 0 ? null : new String(bytes, remarkStart, remarkLength, StandardCharsets.UTF_8);
    }

    /** Begins a field: where its key lies, which has no escapes. {@link #value} completes it. */
    void key(int start, int length) {
        if (count == MAX_FIELDS) {
            throw new BadFrame("more than " + MAX_FIELDS + " header fields");
        }
        int at = count * INTS_PER_FIELD;
        if (at == ranges.length) {
            ranges = Arrays.copyOf(ranges, at * 2);
        }
        ranges[at] = start;
        ranges[at + 1] = length;
    }

    /** Completes the field that {@link #key} began: where its value lies. */
    void value(int start, int length, boolean escaped) {
        int at = count * INTS_PER_FIELD;
        ranges[at + 2] = start;
        ranges[at + 3] = escaped ? length | ESCAPED : length;
        count++;
    }

    @Override
    public @Nullable String text(String key) {
        int field = find(key);
        return field < 0 ? null : value(field);
    }

    @Override
    public String requiredText(String key) {
        int field = find(key);
        if (field < 0 || valueLength(field) == 0) {
            throw missing(key);
        }
        return value(field);
    }

    @Override
    public int number(String key, int otherwise) {
        int field = find(key);
        return field < 0 ? otherwise : (int) parse(key, field, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    @Override
    public int requiredNumber(String key) {
        return (int) parse(key, required(key), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    @Override
    public long longNumber(String key, long otherwise) {
        int field = find(key);
        return field < 0 ? otherwise : parse(key, field, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    @Override
    public long requiredLong(String key) {
        return parse(key, required(key), Long.MIN_VALUE, Long.MAX_VALUE);
    }

    @Override
    public boolean flag(String key, boolean otherwise) {
        int field = find(key);
        if (field < 0) {
            return otherwise;
        }
        unescape(field);
        int start = valueStart(field);
        return valueLength(field) == 4
                && (bytes[start] | 0x20) == 't'
                && (bytes[start + 1] | 0x20) == 'r'
                && (bytes[start + 2] | 0x20) == 'u'
                && (bytes[start + 3] | 0x20) == 'e';
    }

    @Override
    public int copyUtf8(String key, ByteBuf target) {
        int field = find(key);
        if (field < 0) {
            return -1;
        }
        unescape(field);
        target.writeBytes(bytes, valueStart(field), valueLength(field));
        return valueLength(field);
    }

    @Override
    public void copySortedUtf8(List<String> without, ByteBuf target) {
        int[] ordered = count > MAX_INSERTED ? sorted() : inserted();
        int all = 0;
        for (int i = 0; i < count; i++) {
            unescape(i);
            all += valueLength(i);
        }
        target.ensureWritable(all);
        for (int i = 0; i < count; i++) {
            int field = ordered[i];
            boolean repeated = i + 1 < count && compareKeys(field, ordered[i + 1]) == 0; // the later one counts
            if (!repeated && !isAmong(without, field)) {
                append(target, valueStart(field), valueLength(field));
            }
        }
    }

    /** There is room; without the checks of a buffer for each of many short values, where it has an array. */
    private void append(ByteBuf target, int start, int length) {
        if (!target.hasArray()) {
            target.writeBytes(bytes, start, length);
            return;
        }
        byte[] to = target.array();
        int at = target.writerIndex();
        int into = target.arrayOffset() + at;
        if (length > SHORT_BYTES) {
            System.arraycopy(bytes, start, to, into, length);
        } else {
            for (int i = 0; i < length; i++) {
                to[into + i] = bytes[start + i];
            }
        }
        target.writerIndex(at + length);
    }

    /**
     * Fields in the order of their keys, equal ones as they came; for few fields. Sorted as numbers, of the first bytes of a key and the
     * field: keys that begin alike are compared as a whole, and are few.
     */
    private int[] inserted() {
        if (order.length < count) {
            sortable = new long[MAX_INSERTED];
            order = new int[MAX_INSERTED];
        }
        for (int i = 0; i < count; i++) {
            sortable[i] = beginning(i) | i;
        }
        Arrays.sort(sortable, 0, count);
        for (int i = 0; i < count; i++) {
            int field = (int) sortable[i] & FIELD_MASK;
            int at = i;
            while (at > 0
                    && (sortable[at - 1] ^ sortable[i]) >>> Byte.SIZE == 0
                    && compareKeys(order[at - 1], field) > 0) {
                order[at] = order[at - 1];
                at--;
            }
            order[at] = field;
        }
        return order;
    }

    /** The first seven bytes of a key as a number that sorts like them, above a free byte. */
    private long beginning(int field) {
        int start = keyStart(field);
        int length = Math.min(keyLength(field), Long.BYTES - 1);
        if (length == 1) { // most keys of a send
            return ((long) bytes[start] << (Long.SIZE - Byte.SIZE)) ^ Long.MIN_VALUE;
        }
        long text = 0;
        for (int i = 0; i < length; i++) {
            text |= (bytes[start + i] & 0xFFL) << (Long.SIZE - Byte.SIZE * (i + 1));
        }
        return text ^ Long.MIN_VALUE;
    }

    private int[] sorted() {
        return IntStream.range(0, count)
                .boxed()
                .sorted(this::compareKeys)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private int compareKeys(int one, int other) {
        if (keyLength(one) > 0 && keyLength(other) > 0) {
            // Most keys of a send have one letter.
            int difference = (bytes[keyStart(one)] & 0xFF) - (bytes[keyStart(other)] & 0xFF);
            if (difference != 0) {
                return difference;
            }
        }
        return Arrays.compareUnsigned(
                bytes,
                keyStart(one),
                keyStart(one) + keyLength(one),
                bytes,
                keyStart(other),
                keyStart(other) + keyLength(other));
    }

    private boolean isAmong(List<String> keys, int field) {
        for (int i = 0; i < keys.size(); i++) {
            String key = keys.get(i);
            if (keyLength(field) == key.length() && matches(keyStart(field), key)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void forEach(BiConsumer<String, String> consumer) {
        for (int i = 0; i < count; i++) {
            consumer.accept(new String(bytes, keyStart(i), keyLength(i), StandardCharsets.UTF_8), value(i));
        }
    }

    private int required(String key) {
        int field = find(key);
        if (field < 0) {
            throw missing(key);
        }
        return field;
    }

    private static RequestException missing(String key) {
        return new RequestException(ResponseCode.SYSTEM_ERROR, "the header field " + key + " is missing");
    }

    /** From the last field, so that of two fields of one name the later counts, as in a map. */
    private int find(String key) {
        int length = key.length();
        for (int i = count - 1; i >= 0; i--) {
            if (keyLength(i) == length && matches(keyStart(i), key)) {
                return i;
            }
        }
        return -1;
    }

    private boolean matches(int start, String key) {
        for (int i = 0; i < key.length(); i++) {
            if (bytes[start + i] != key.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private String value(int field) {
        unescape(field);
        return new String(bytes, valueStart(field), valueLength(field), StandardCharsets.UTF_8);
    }

    /** Resolves the escapes of a value in place, once. */
    private void unescape(int field) {
        int at = field * INTS_PER_FIELD + 3;
        int length = ranges[at];
        if (length < 0) {
            ranges[at] = JsonEscapes.unescape(bytes, ranges[at - 1], length & ~ESCAPED);
        }
    }

    private long parse(String key, int field, long min, long max) {
        unescape(field);
        int start = valueStart(field);
        int end = start + valueLength(field);
        long value = Decimal.parse(bytes, start, end);
        if (value == Decimal.MALFORMED && !Decimal.isSmallestLong(bytes, start, end)) {
            throw malformed(key, field);
        }
        if (value < min || value > max) {
            throw malformed(key, field);
        }
        return value;
    }

    private RequestException malformed(String key, int field) {
        String value = value(field);
        String shown = value.length() > 40 ? value.substring(0, 40) + "..." : value;
        return new RequestException(
                ResponseCode.SYSTEM_ERROR,
                "the header field " + key + " is not a number of its size: \"" + shown + "\"");
    }

    private int keyStart(int field) {
        return ranges[field * INTS_PER_FIELD];
    }

    private int keyLength(int field) {
        return ranges[field * INTS_PER_FIELD + 1];
    }

    private int valueStart(int field) {
        return ranges[field * INTS_PER_FIELD + 2];
    }

    private int valueLength(int field) {
        return ranges[field * INTS_PER_FIELD + 3] & ~ESCAPED;
    }
}
