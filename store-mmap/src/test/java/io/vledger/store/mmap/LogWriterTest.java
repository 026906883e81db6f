package io.vledger.store.mmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore.TermRun;
import io.vledger.api.store.StoreException;
import org.junit.jupiter.api.Test;

class LogWriterTest {
    private final LogParts parts;

    LogWriterTest() throws StoreException {
        parts = new LogParts();
    }

    @Test
    void readersSeeABatchOnceItIsWrittenAndTheWatermarkOnceItIsDurable() throws Exception {
        parts.append(1, 100);
        assertThat(parts.log.view().lastIndex()).isEqualTo(1);
        assertThat(parts.watermark.position()).isZero();
        parts.writer.sync();
        assertThat(parts.watermark.position()).isEqualTo(parts.log.view().end());
    }

    @Test
    void aSyncWithNothingToMakeDurableTouchesNoFile() throws Exception {
        parts.append(1, 100);
        parts.writer.sync();
        long syncs = parts.disk.syncs();
        parts.writer.sync();
        assertThat(parts.disk.syncs()).isEqualTo(syncs);
    }

    @Test
    void aSegmentIsDurableAsAWholeBeforeTheNextOneBegins() throws Exception {
        for (int i = 0; i < 3; i++) {
            parts.append(1, 1_000);
        }
        assertThat(parts.segmentFiles()).hasSize(1);
        assertThat(parts.watermark.position()).isZero();
        long end = parts.log.view().end();
        parts.append(1, 1_000);
        assertThat(parts.segmentFiles()).hasSize(2);
        assertThat(parts.watermark.position()).isEqualTo(end);
        assertThat(parts.log.view().last().position).isEqualTo(LogParts.SEGMENT_BYTES);
    }

    @Test
    void eachTermBeginsARun() throws Exception {
        parts.append(1, 10);
        parts.append(1, 10);
        parts.append(3, 10);
        assertThat(parts.log.view().terms()).containsExactly(new TermRun(0, 0), new TermRun(1, 1), new TermRun(3, 3));
        assertThat(parts.log.view().termOf(2)).isEqualTo(1);
        assertThat(parts.log.view().lastTerm()).isEqualTo(3);
    }

    @Test
    void aBatchThatDoesNotFollowTheEndIsRefused() throws Exception {
        parts.append(1, 100);
        LogBatch again = parts.next(1, 100);
        parts.append(1, 100);
        assertThatThrownBy(() -> parts.writer.append(again)).isInstanceOf(IllegalArgumentException.class);
        again.release();
        assertThat(parts.log.view().lastIndex()).isEqualTo(2);
    }

    @Test
    void aFullDiskTakesAnUnfinishedWriteBackAndContinuesLater() throws Exception {
        parts.append(1, 100);
        parts.writer.sync();
        long end = parts.log.view().end();
        parts.disk.capacity(parts.disk.usedBytes());
        LogBatch large = parts.next(1, 4_000);
        assertThatThrownBy(() -> parts.writer.append(large)).isInstanceOf(StoreException.DiskFull.class);
        assertThat(parts.log.view().end()).isEqualTo(end);
        assertThat(parts.segmentFiles()).as("the new segment is gone").hasSize(1);
        parts.disk.capacity(Long.MAX_VALUE);
        parts.writer.append(large);
        large.release();
        assertThat(parts.log.view().lastIndex()).isEqualTo(2);
    }

    @Test
    void aSyncThatFailedIsNeverRepeated() throws Exception {
        parts.append(1, 100);
        parts.disk.failNextSync(name -> name.startsWith("log/0"));
        assertThatThrownBy(() -> parts.writer.sync())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("could not be synced");
        long syncs = parts.disk.syncs();
        assertThatThrownBy(() -> parts.writer.sync()).hasMessageContaining("takes no more writes");
        assertThat(parts.disk.syncs()).isEqualTo(syncs);
        assertThat(parts.watermark.position()).isZero();
    }

    @Test
    void aCheckpointSavesTheSamplesOfTheLastSegment() throws Exception {
        parts.filled(2);
        String samples = Samples.fileOf(0);
        assertThat(parts.disk.names()).doesNotContain(samples);
        parts.writer.checkpoint();
        assertThat(parts.disk.names()).contains(samples);
    }
}
