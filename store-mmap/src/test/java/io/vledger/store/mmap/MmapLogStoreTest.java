package io.vledger.store.mmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.LogModel;
import io.vledger.testkit.LogStoreContract;
import io.vledger.testkit.SimDisk;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MmapLogStoreTest extends LogStoreContract {
    private final LogModel model = new LogModel(new Addressing(SEGMENT_BYTES), LogBase.EMPTY);
    private final Random random = new Random(7);

    @Override
    protected StoreProvider provider() {
        return new MmapStoreProvider();
    }

    private static boolean shows(LogStore log, long position, int length) throws StoreException {
        return log.show(
                position, length, seen -> assertThat(seen.readableBytes()).isEqualTo(length));
    }

    @Test
    void whatWasJustWrittenIsShownWithinASegment() throws Exception {
        try (GroupStore store = openReal()) {
            LogStore log = store.log();
            while (log.segments().size() < 2) {
                append(log, model, random, 1, 4, 300);
            }
            assertThat(shows(log, 0, (int) log.segments().get(0).endPosition())).isTrue();
            assertThat(shows(log, SEGMENT_BYTES - 8, 16)).as("of two segments").isFalse();
        }
    }

    @Test
    void whatMayComeFromTheDiskIsShownOnceItIsVerified() throws Exception {
        try (GroupStore store = openReal()) {
            append(store.log(), model, random, 1, 12, 300);
            store.log().sync();
        }
        try (GroupStore store = openReal()) {
            LogStore log = store.log();
            int length = (int) log.endPosition();
            assertThat(shows(log, 0, length)).isFalse();
            ByteBuf read = Unpooled.buffer();
            log.read(0, length, read);
            String[] shown = new String[1];
            // Verified a moment ago is verified within a second, so it is read again if this thread was not.
            while (!log.show(0, length, seen -> shown[0] = ByteBufUtil.hexDump(seen))) {
                log.read(0, length, read.clear());
            }
            assertThat(shown[0]).isEqualTo(ByteBufUtil.hexDump(read));
        }
    }

    @Test
    void aRecordThatIsNotIntactIsNeverShown() throws Exception {
        try (GroupStore store = openReal()) {
            append(store.log(), model, random, 1, 1, 300);
            append(store.log(), model, random, 1, 1, 300);
            store.log().sync();
        }
        try (GroupStore store = openReal()) {
            LogStore log = store.log();
            long second = model.entries().get(1).position();
            Path file = spec(LogBase.EMPTY).directory().resolve(Segment.fileOf(0));
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}), second + LogRecord.HEADER_BYTES + 3);
            }
            ByteBuf read = Unpooled.buffer();
            log.read(0, 16, read);
            int length = (int) log.endPosition();
            assertThat(shows(log, 0, length)).isFalse();
            assertThatThrownBy(() -> log.read(0, length, read)).isInstanceOf(StoreException.Damaged.class);
            assertThat(shows(log, 0, length)).isFalse();
            assertThat(shows(log, second, 16)).isFalse();
        }
    }

    @Test
    void aSimulatedDiskShowsNothing() throws Exception {
        try (GroupStore store = open(new SimDisk())) {
            append(store.log(), model, random, 1, 4, 300);
            assertThat(shows(store.log(), 0, 16)).isFalse();
        }
    }
}
