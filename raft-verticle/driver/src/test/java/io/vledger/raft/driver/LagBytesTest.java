package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LagBytesTest {
    private final BatchCache cache = new BatchCache(1 << 20);
    /** Entries 1 to 10 in a first segment, which holds 1000 bytes, 11 to 20 in a second. */
    private final LogStore log = (LogStore) Proxy.newProxyInstance(
            LogStore.class.getClassLoader(),
            new Class<?>[] {LogStore.class},
            (proxy, method, arguments) -> switch (method.getName()) {
                case "segments" ->
                    List.of(new LogStore.SegmentInfo(0, 1, 1000), new LogStore.SegmentInfo(2000, 11, 2400));
                case "base" -> LogBase.EMPTY;
                default -> throw new UnsupportedOperationException(method.getName());
            });

    private final LagBytes lag = new LagBytes(cache, log);

    @AfterEach
    void release() {
        cache.clear();
    }

    @Test
    void nearTheEndItIsExact() {
        LogBatch batch = Batches.of(18, 3, 1, 2800);
        cache.append(batch);
        assertThat(lag.behind(20, 20, batch.endPosition())).isZero();
        assertThat(lag.behind(18, 20, batch.endPosition())).isEqualTo(batch.endPosition() - batch.positionAt(19));
        assertThat(lag.behind(17, 20, batch.endPosition())).isEqualTo(batch.byteCount());
        batch.release();
    }

    @Test
    void furtherBackItIsTheShareOfTheSegmentsEntries() {
        assertThat(lag.behind(15, 20, 3000)).isEqualTo(500);
        assertThat(lag.behind(10, 20, 3000)).isEqualTo(1000);
        assertThat(lag.behind(5, 20, 3000)).isEqualTo(2500);
        assertThat(lag.behind(0, 20, 3000)).isEqualTo(3000);
    }

    @Test
    void whatIsNotKnownIsNotReported() {
        assertThat(lag.behind(-1, 20, 3000)).isEqualTo(-1);
    }
}
