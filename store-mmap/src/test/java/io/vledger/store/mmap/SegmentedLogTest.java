package io.vledger.store.mmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class SegmentedLogTest {
    private final LogParts parts;

    SegmentedLogTest() throws StoreException {
        parts = new LogParts();
    }

    @Test
    void nothingIsWrittenToALogWhoseDamageWasNotSetAside() throws Exception {
        LogParts damaged = new LogParts("log/0: position 7 is damaged");
        assertThatThrownBy(() -> damaged.append(1, 10))
                .isInstanceOf(StoreException.class)
                .hasMessage("log/0: position 7 is damaged; the damage must be set aside before anything is written");
        damaged.cutter.setDamageAside();
        damaged.append(1, 10);
        assertThat(damaged.log.view().lastIndex()).isEqualTo(1);
    }

    @Test
    void nothingIsWrittenAfterAFailure() throws Exception {
        StoreException first = parts.log.broken(new StoreException("the disk is gone"));
        assertThat(first).hasMessage("the disk is gone");
        assertThatThrownBy(parts.log::requireNotBroken)
                .hasMessage("the disk is gone; the log takes no more writes until the node is restarted");
        assertThatThrownBy(() -> parts.append(1, 10)).hasMessageContaining("takes no more writes");
        assertThatThrownBy(() -> parts.cutter.reset(LogBase.EMPTY)).hasMessageContaining("takes no more writes");
    }

    @Test
    void aFullDiskIsNoFailure() throws Exception {
        parts.disk.capacity(parts.disk.usedBytes());
        assertThatThrownBy(() -> parts.append(1, 10)).isInstanceOf(StoreException.DiskFull.class);
        parts.log.requireNotBroken();
        assertThat(parts.log.fullOrBroken("writing", "log", new IOException("broken pipe")))
                .isNotInstanceOf(StoreException.DiskFull.class);
        assertThatThrownBy(parts.log::requireNotBroken).hasMessageContaining("broken pipe");
    }

    @Test
    void whatWasInterruptedIsRunUntilItSucceedsAndThenForgotten() throws Exception {
        int[] runs = {0};
        parts.log.unfinished = () -> {
            if (++runs[0] == 1) {
                throw new java.nio.file.FileSystemException("log", null, "No space left on device");
            }
        };
        assertThatThrownBy(parts.log::finishUnfinished).isInstanceOf(StoreException.DiskFull.class);
        parts.append(1, 10);
        parts.append(1, 10);
        assertThat(runs[0]).isEqualTo(2);
    }

    @Test
    void theWatermarkIsLoweredOnlyWhereItPromisesMore() throws Exception {
        parts.filled(5);
        LogView all = parts.log.view();
        parts.log.lowerWatermark(all);
        assertThat(parts.watermark.position()).isEqualTo(all.end());
        parts.log.lowerWatermark(LogView.empty(LogBase.EMPTY, 1));
        assertThat(parts.watermark.position()).isZero();
    }

    @Test
    void readsThatComeAfterClosingAreOutOfRangeAndWritesAreRefused() throws Exception {
        parts.filled(3);
        LogReader late = new LogReader(parts.log.addressing, parts.log.view(), parts.log.trusted);
        parts.log.close();
        assertThat(parts.log.view().segments()).isEmpty();
        assertThat(parts.log.view().cuts()).isGreaterThan(0);
        assertThatThrownBy(() -> late.readBatch(1, 10).release()).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> parts.append(1, 10)).hasMessageContaining("the log is closed");
    }
}
