package io.vledger.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class StoredMessageTest {
    private static final InetSocketAddress V4 = v4();

    private static InetSocketAddress v4() {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 1, 2, 3}), 10911);
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    private static ByteBuf message(String topic, String body, String properties, InetSocketAddress born) {
        MessageDraft draft = new MessageDraft()
                .queue(3, 7)
                .sysFlag(SysFlag.COMPRESSED)
                .born(111, HostBytes.of(born))
                .stored(222, HostBytes.of(V4))
                .reconsumeTimes(2)
                .preparedOffset(99);
        ByteBuf target = Unpooled.buffer();
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        ByteBuf bodyBytes = bytes(body);
        ByteBuf propertyBytes = bytes(properties);
        draft.topic(name)
                .body(bodyBytes, 0, bodyBytes.readableBytes())
                .properties(propertyBytes, 0, propertyBytes.readableBytes())
                .write(target, 42, 4096);
        assertThat(target.readableBytes())
                .isEqualTo(draft.size(bodyBytes.readableBytes(), name.length, propertyBytes.readableBytes()));
        return target;
    }

    @Test
    void theStoredFormIsRocketMqsByteByByte() {
        ByteBuf message = message("T", "hi", "a\u0001b\u0002", V4);
        CRC32 crc = new CRC32();
        crc.update("hi".getBytes(StandardCharsets.UTF_8));
        String expected = String.format("%08x", 91 + 2 + 1 + 4)
                + "daa320a7"
                + String.format("%08x", crc.getValue() & 0x7FFFFFFF)
                + "00000003" + "00000007"
                + "000000000000002a" + "0000000000001000"
                + "00000001"
                + "000000000000006f" + "0a010203" + "00002a9f"
                + "00000000000000de" + "0a010203" + "00002a9f"
                + "00000002" + "0000000000000063"
                + "00000002" + "6869"
                + "01" + "54"
                + "0004" + "61016202";
        assertThat(ByteBufUtil.hexDump(message)).isEqualTo(expected);
    }

    @Test
    void whatWasWrittenIsReadAlsoWithWideTopicsAndIpV6() throws Exception {
        InetSocketAddress v6 = new InetSocketAddress(
                InetAddress.getByAddress(new byte[] {0x20, 1, 13, (byte) 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 5);
        for (String topic : new String[] {"T", "x".repeat(127), "%RETRY%" + "y".repeat(200)}) {
            for (InetSocketAddress born : new InetSocketAddress[] {V4, v6}) {
                ByteBuf message = message(topic, "body", "TAGS\u0001t\u0002", born);
                MessageView view = new MessageView();
                assertThat(view.wrap(message, 0, message.readableBytes())).isNull();
                assertThat(view.topic()).isEqualTo(topic);
                assertThat(view.queueId()).isEqualTo(3);
                assertThat(view.flag()).isEqualTo(7);
                assertThat(view.queueOffset()).isEqualTo(42);
                assertThat(view.physicalOffset()).isEqualTo(4096);
                assertThat(view.bornTimestamp()).isEqualTo(111);
                assertThat(view.storeTimestamp()).isEqualTo(222);
                assertThat(view.reconsumeTimes()).isEqualTo(2);
                assertThat(view.preparedOffset()).isEqualTo(99);
                assertThat(view.bodyLength()).isEqualTo(4);
                assertThat(view.property("TAGS")).isEqualTo("t");
                assertThat(view.property("KEYS")).isNull();
                assertThat(HostBytes.copy(message, view.bornHostAt(), view.bornHostLength()))
                        .isEqualTo(HostBytes.of(born));
            }
        }
    }

    @Test
    void damagedMessagesAreNamedAndNeverReadBeyondTheirEnd() {
        Random random = new Random(3);
        ByteBuf good = message("Topic", "body body", "TAGS\u0001t\u0002KEYS\u0001a b\u0002", V4);
        MessageView view = new MessageView();
        for (int i = 0; i < 20_000; i++) {
            ByteBuf copy = good.copy();
            for (int flips = 0; flips <= random.nextInt(3); flips++) {
                copy.setByte(random.nextInt(copy.readableBytes()), random.nextInt(256));
            }
            int available = random.nextInt(4) == 0 ? random.nextInt(copy.readableBytes() + 1) : copy.readableBytes();
            ByteBuf exact = copy.slice(0, available);
            if (view.wrap(exact, 0, available) == null) {
                assertThat(view.totalSize()).isLessThanOrEqualTo(available);
                assertThat(view.propertiesAt() + view.propertiesLength()).isEqualTo(view.totalSize());
                new IndexedProperties().scan(exact, view.propertiesAt(), view.propertiesLength());
            }
        }
    }

    @Test
    void aTagsCodeIsTheStringsHash() {
        for (String tag : new String[] {"", "a", "TagA", "größe", "标签", "\uD83D\uDE00", "x".repeat(100)}) {
            ByteBuf utf8 = bytes(tag);
            assertThat(TagsCode.of(utf8, 0, utf8.readableBytes())).isEqualTo(tag.hashCode());
        }
    }

    @Test
    void aKeysHashIsTheSameFromTextAndBytes() {
        ByteBuf key = bytes("order-7");
        assertThat(KeyHash.of(KeyHash.seed("Tä"), key, 0, key.readableBytes()))
                .isEqualTo(KeyHash.of("Tä", "order-7"))
                .isNotEqualTo(KeyHash.of("Tä", "order-8"));
    }

    @Test
    void anOffsetMessageIdIsTakenApartAgain() {
        OffsetMessageId ids = new OffsetMessageId(HostBytes.of(V4));
        String id = ids.at(0x1234_5678_9ABCL).toString();
        assertThat(id).isEqualTo("0A01020300002A9F0000123456789ABC");
        assertThat(OffsetMessageId.parse(id)).isEqualTo(new OffsetMessageId.Parsed(V4, 0x1234_5678_9ABCL));
        for (String wrong :
                new String[] {"", "0A", "Z".repeat(32), "0".repeat(33), "FFFFFFFFFFFFFFFF" + "0".repeat(16)}) {
            assertThat(OffsetMessageId.parse(wrong)).isNull();
        }
    }

    @Test
    void uniqueKeysHaveTheShapeThatToolsTakeApart() {
        UniqueKeys keys = new UniqueKeys(HostBytes.of(V4), 77);
        long now = 1_700_000_000_000L;
        String first = keys.next(now);
        assertThat(first).hasSize(32).startsWith("0A010203").matches("[0-9A-F]+");
        assertThat(keys.next(now)).isNotEqualTo(first);
        long sinceMonthStart = Long.parseLong(first.substring(20, 28), 16);
        assertThat(sinceMonthStart).isBetween(0L, 32L * 86_400_000);
    }

    @Test
    void numbersInPropertiesAreReadOrReplaced() {
        assertThat(number("12")).isEqualTo(12);
        assertThat(number("-3")).isEqualTo(-3);
        assertThat(number("2147483647")).isEqualTo(Integer.MAX_VALUE);
        for (String wrong : new String[] {"", "-", "2147483648", "1x", "99999999999999999"}) {
            assertThat(number(wrong)).isEqualTo(77);
        }
    }

    private static int number(String text) {
        ByteBuf utf8 = bytes(text);
        return MessageProperties.number(utf8, 0, utf8.readableBytes(), 77);
    }
}
