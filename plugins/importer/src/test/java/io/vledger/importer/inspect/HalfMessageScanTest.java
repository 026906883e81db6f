package io.vledger.importer.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.origin.InitialState.OriginHalf;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.MessageView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Half messages are open unless anything in an old broker's log or progress settles them. */
class HalfMessageScanTest {
    private final MessageView view = new MessageView();
    private HalfMessageScan scan;
    private long halves;

    @BeforeEach
    void nothingIsSettled() {
        scan = scanFrom(0);
    }

    private static HalfMessageScan scanFrom(long progress) {
        return new HalfMessageScan(new OriginConfig(
                new TreeMap<>(),
                new ArrayList<>(),
                new TreeMap<>(
                        Map.of("CID_RMQ_SYS_TRANS", new TreeMap<>(Map.of(new QueueId(TopicNames.HALF, 0), progress)))),
                new TreeMap<>()));
    }

    /** @return its queue offset; it lies at 1000 times that and 7 */
    private long half(String key, String more) {
        take(TopicNames.HALF, 0, "REAL_TOPIC\u0001T\u0002UNIQ_KEY\u0001" + key + "\u0002" + more, "");
        return halves++;
    }

    private void take(String topic, long preparedOffset, String properties, String body) {
        ByteBuf target = Unpooled.buffer();
        ByteBuf text = Unpooled.copiedBuffer(properties, StandardCharsets.UTF_8);
        ByteBuf content = Unpooled.copiedBuffer(body, StandardCharsets.UTF_8);
        new MessageDraft()
                .sysFlag(preparedOffset > 0 ? 8 : 0)
                .born(5, new byte[8])
                .preparedOffset(preparedOffset)
                .topic(topic.getBytes(StandardCharsets.UTF_8))
                .body(content, 0, content.readableBytes())
                .properties(text, 0, text.readableBytes())
                .write(target, halves, halves * 1000 + 7);
        assertThat(view.wrap(target, 0, target.readableBytes())).isNull();
        scan.take(topic, view);
    }

    private void mark(String body) {
        take(TopicNames.OP_HALF, 0, "TAGS\u0001d\u0002", body);
    }

    private List<Long> open() {
        return scan.open().stream().map(OriginHalf::queueOffset).toList();
    }

    @Test
    void marksOfEitherLineSettle() {
        for (String key : List.of("a", "b", "c", "d")) {
            half(key, "");
        }
        mark("0");
        mark("1,3,");
        mark("x,-4,99999999999999999999");
        assertThat(open()).containsExactly(2L);
    }

    @Test
    void whatTheOldBrokersProgressHasPassedIsSettled() {
        scan = scanFrom(1);
        half("a", "");
        half("b", "");
        assertThat(open()).containsExactly(1L);
    }

    @Test
    void aCommittedMessageSettlesWhereItsMarkWasNotWritten() {
        half("a", "");
        half("b", "");
        take("T", 1007, "", "");
        assertThat(open()).containsExactly(0L);
    }

    @Test
    void whatWasStoredAgainIsOpenInItsNewestPlaceOnly() {
        half("a", "");
        half("b", "CHECK_IMMUNITY_TIME_IN_SECONDS\u000130\u0002");
        half("a", "TRANSACTION_CHECK_TIMES\u00012\u0002");
        half("b", "CHECK_IMMUNITY_TIME_IN_SECONDS\u000130\u0002TRAN_PREPARED_QUEUE_OFFSET\u00011\u0002");
        assertThat(scan.open())
                .containsExactly(new OriginHalf(2, 0, 5, -1, 2, "T"), new OriginHalf(3, 1, 5, 30, 0, "T"));
        mark("1,"); // the producer decided about the first place
        assertThat(open()).containsExactly(2L);
    }

    @Test
    void theFirstPlaceIsKnownThroughEveryCheck() {
        half("a", "");
        half("a", "TRANSACTION_CHECK_TIMES\u00011\u0002");
        half("a", "TRANSACTION_CHECK_TIMES\u00012\u0002");
        assertThat(scan.open()).containsExactly(new OriginHalf(2, 0, 5, -1, 2, "T"));
        take("T", 7, "", ""); // committed by a producer that knew the first place alone
        assertThat(open()).isEmpty();
    }

    @Test
    void whatWasGivenUpIsSettled() {
        half("a", "");
        take(TopicNames.TRANS_CHECK_MAX_TIME, 0, "UNIQ_KEY\u0001a\u0002", "");
        assertThat(open()).isEmpty();
    }

    @Test
    void theSameKeyFromARepeatedSendIsAnotherHalfMessage() {
        half("a", "");
        half("a", "");
        assertThat(open()).containsExactly(0L, 1L);
    }
}
