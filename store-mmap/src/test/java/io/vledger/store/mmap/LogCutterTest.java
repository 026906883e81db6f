package io.vledger.store.mmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogStore.DamagedRun;
import io.vledger.api.store.LogStore.TermRun;
import io.vledger.api.store.StoreException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogCutterTest {
    private final LogParts parts;

    LogCutterTest() throws StoreException {
        parts = new LogParts();
    }

    @Test
    void theEndIsCutInsideASegmentAndNothingMoreIsPromised() throws Exception {
        parts.filled(7);
        parts.cutter.truncateSuffix(5);
        assertThat(parts.log.view().lastIndex()).isEqualTo(4);
        assertThat(parts.log.view().terms()).last().isEqualTo(new TermRun(1, 1));
        assertThat(parts.segmentFiles()).hasSize(2);
        assertThat(parts.watermark.position()).isEqualTo(parts.log.view().end());
        parts.append(9, 10);
        assertThat(parts.log.view().lastIndex()).isEqualTo(5);
        assertThat(parts.log.view().lastTerm()).isEqualTo(9);
    }

    @Test
    void cuttingBehindTheEndChangesNothing() throws Exception {
        parts.filled(3);
        LogView before = parts.log.view();
        parts.cutter.truncateSuffix(4);
        assertThat(parts.log.view()).isSameAs(before);
    }

    @Test
    void whatLiesBeforeTheLogCannotBeCut() throws Exception {
        parts.filled(7);
        parts.cutter.dropPrefix(5);
        assertThatThrownBy(() ->
                        parts.cutter.truncateSuffix(parts.log.view().base().index()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aReaderThatWasOvertakenCanTell() throws Exception {
        parts.filled(7);
        long before = parts.log.view().cuts();
        parts.cutter.truncateSuffix(6);
        parts.cutter.dropPrefix(4);
        assertThat(parts.log.view().cuts()).isEqualTo(before + 2);
    }

    @Test
    void whatAFullDiskInterruptsIsFinishedBeforeAnythingElse() throws Exception {
        parts.filled(7);
        parts.disk.outOfSpace(new Random(1));
        boolean interrupted = false;
        for (int i = 0; i < 50 && !interrupted; i++) {
            try {
                parts.cutter.truncateSuffix(6);
            } catch (StoreException.DiskFull full) {
                interrupted = true;
            }
        }
        parts.disk.outOfSpace(null);
        assertThat(interrupted).isTrue();
        parts.cutter.truncateSuffix(6);
        parts.append(8, 10);
        parts.writer.sync();
        assertThat(parts.log.view().lastIndex()).isEqualTo(6);
        assertThat(parts.watermark.position()).isEqualTo(parts.log.view().end());
    }

    @Test
    void thePrefixGoesInWholeSegmentsAndTheLastOneStays() throws Exception {
        parts.filled(7);
        parts.cutter.dropPrefix(6);
        assertThat(parts.log.view().base()).isEqualTo(new LogBase(3, 1, LogParts.SEGMENT_BYTES));
        assertThat(parts.segmentFiles()).hasSize(2);
        parts.cutter.dropPrefix(Long.MAX_VALUE);
        assertThat(parts.segmentFiles()).hasSize(1);
        assertThat(parts.log.view().lastIndex()).isEqualTo(7);
        assertThat(parts.log.manifest().base()).isEqualTo(parts.log.view().base());
    }

    @Test
    void aResetLogContinuesFromItsBase() throws Exception {
        parts.filled(7);
        LogBase base = new LogBase(40, 5, 10 * LogParts.SEGMENT_BYTES);
        parts.cutter.reset(base);
        assertThat(parts.segmentFiles()).isEmpty();
        assertThat(parts.log.manifest().emptying()).isFalse();
        parts.append(6, 10);
        assertThat(parts.log.view().lastIndex()).isEqualTo(41);
        assertThat(parts.log.view().last().position).isEqualTo(base.position());
        assertThatThrownBy(() -> parts.cutter.reset(new LogBase(40, 5, 17)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void damagedSegmentsAreKeptAsideForInspection() throws Exception {
        parts.filled(7);
        parts.cutter.setDamageAside(new DamagedRun(5, 7, "a test says so"));
        assertThat(parts.log.view().lastIndex()).isEqualTo(4);
        assertThat(parts.disk.names()).anyMatch(name -> name.contains("damaged"));
        assertThat(parts.watermark.position())
                .isLessThanOrEqualTo(parts.log.view().end());
        parts.append(8, 10);
        assertThat(parts.log.view().lastIndex()).isEqualTo(5);
    }
}
