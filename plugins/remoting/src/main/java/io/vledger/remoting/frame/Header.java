package io.vledger.remoting.frame;

import io.netty.buffer.ByteBuf;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.protocol.LanguageCode;
import io.vledger.protocol.ResponseCode;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
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
    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
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
    /** Bytes of the header. */
    private int bytesUsed;
    /** Whether a value may still have backslashes in it. */
    private boolean escaped;
    /** By the number of fields: the last order that was found; none until a signature is verified for the first time. */
    private @Nullable KeyOrder[] orders = {};

    Header() {
        this(new byte[1024], new int[INTS_PER_FIELD * 24]);
    }

    private Header(byte[] bytes, int[] ranges) {
        this.bytes = bytes;
        this.ranges = ranges;
    }

    /** Copies a header's bytes to the array that is returned, and forgets the header before. */
    byte[] load(ByteBuf in, int start, int headerBytes, byte newEncoding) {
        if (bytes.length < headerBytes || bytes.length > 1 << 16) {
            bytes = new byte[Math.max(1024, headerBytes + (headerBytes >> 1))];
        }
        in.getBytes(start, bytes, 0, headerBytes);
        code = 0;
        flag = 0;
        opaque = 0;
        version = 0;
        language = LanguageCode.JAVA;
        remarkLength = -1;
        count = 0;
        escaped = false;
        bytesUsed = headerBytes;
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
        copy.bytesUsed = used;
        copy.escaped = escaped;
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
    void remark(int start, int length, boolean withEscapes) {
        remarkStart = start;
        remarkLength = withEscapes ? JsonEscapes.unescape(bytes, start, length) : length;
    }

    /** The remark, if there is one. */
    public @Nullable String remark() {
        return remarkLength < 0 ? null : new String(bytes, remarkStart, remarkLength, StandardCharsets.UTF_8);
    }

    /** Begins a field: where its key lies, which has no escapes. {@link #value} completes it. */
    void key(int start, int keyLength) {
        if (count == MAX_FIELDS) {
            throw new BadFrame("more than " + MAX_FIELDS + " header fields");
        }
        int at = count * INTS_PER_FIELD;
        if (at == ranges.length) {
            ranges = Arrays.copyOf(ranges, at * 2);
        }
        ranges[at] = start;
        ranges[at + 1] = keyLength;
    }

    /** Completes the field that {@link #key} began: where its value lies. */
    void value(int start, int valueLength, boolean withEscapes) {
        int at = count * INTS_PER_FIELD;
        ranges[at + 2] = start;
        ranges[at + 3] = withEscapes ? valueLength | ESCAPED : valueLength;
        escaped |= withEscapes;
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
        int most = escaped ? unescapeAll() : bytesUsed;
        target.ensureWritable(most + Long.BYTES);
        byte[] to = target.hasArray() ? target.array() : new byte[most + Long.BYTES];
        int start = target.hasArray() ? target.arrayOffset() + target.writerIndex() : 0;
        int end = count > KeyOrder.MAX ? copySorted(without, to, start) : copyOrdered(without, to, start);
        if (target.hasArray()) {
            target.writerIndex(target.writerIndex() + end - start);
        } else {
            target.writeBytes(to, 0, end);
        }
    }

    /** How many bytes all values have. */
    private int unescapeAll() {
        int all = 0;
        for (int i = 0; i < count; i++) {
            unescape(i);
            all += valueLength(i);
        }
        return all;
    }

    /** For many fields. Returns where what was copied ends. */
    private int copySorted(List<String> without, byte[] to, int start) {
        int[] fields = IntStream.range(0, count)
                .boxed()
                .sorted(this::compareKeys)
                .mapToInt(Integer::intValue)
                .toArray();
        int at = start;
        for (int i = 0; i < count; i++) {
            if (!repeated(fields, i) && !isAmong(without, fields[i])) {
                at = append(to, at, fields[i]);
            }
        }
        return at;
    }

    private int copyOrdered(List<String> without, byte[] to, int start) {
        if (orders.length == 0) {
            orders = new KeyOrder[KeyOrder.MAX + 1];
        }
        KeyOrder order = orders[count];
        if (order == null) {
            order = new KeyOrder(count);
            orders[count] = order;
        }
        int end = order.decides(without) ? copyAsBefore(order, without, to, start) : -1;
        if (end >= 0) {
            return end;
        }
        for (int i = 0; i < count; i++) {
            order.put(i, beginning(i));
        }
        order.sort(this::compareKeys, without);
        int at = start;
        for (int i = 0; i < count; i++) {
            if (!repeated(order.fields(), i) && !isAmong(without, order.fields()[i])) {
                at = append(to, at, order.fields()[i]);
            }
        }
        return at;
    }

    /** Returns -1 if the keys do not begin as before, and so may have another order. */
    private int copyAsBefore(KeyOrder order, List<String> without, byte[] to, int start) {
        int[] fields = order.fields();
        int at = start;
        for (int i = 0; i < count; i++) {
            int field = fields[i];
            if (!order.beganSo(i, beginning(field))) {
                return -1;
            }
            if (!order.beganAsWanted(i) || !isAmong(without, field)) {
                at = append(to, at, field);
            }
        }
        return at;
    }

    /** Whether the next field has the same key: of equal ones the later counts. */
    private boolean repeated(int[] fields, int i) {
        return i + 1 < count && compareKeys(fields[i], fields[i + 1]) == 0;
    }

    /** Appends a value; there is room for eight bytes more. */
    private int append(byte[] to, int at, int field) {
        int start = valueStart(field);
        int bytesOfValue = valueLength(field);
        if (bytesOfValue <= Long.BYTES && start + Long.BYTES <= bytes.length) {
            EIGHT_BYTES.set(to, at, (long) EIGHT_BYTES.get(bytes, start)); // what follows a shorter one is written over
        } else {
            System.arraycopy(bytes, start, to, at, bytesOfValue);
        }
        return at + bytesOfValue;
    }

    /** The first bytes of a key, as {@link KeyOrder} wants them. */
    private long beginning(int field) {
        int start = keyStart(field);
        if (start + Long.BYTES <= bytes.length) {
            return KeyOrder.beginning((long) EIGHT_BYTES.get(bytes, start), keyLength(field));
        }
        long text = 0;
        for (int i = 0; i < Math.min(keyLength(field), KeyOrder.BYTES); i++) {
            text |= (bytes[start + i] & 0xFFL) << (Long.SIZE - Byte.SIZE * (i + 1));
        }
        return KeyOrder.beginning(text, keyLength(field));
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
        char first = length == 0 ? 0 : key.charAt(0); // most keys of a send have one letter
        for (int i = count - 1; i >= 0; i--) {
            if (keyLength(i) == length && (length == 0 || bytes[keyStart(i)] == first) && matches(keyStart(i), key)) {
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
