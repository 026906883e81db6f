package io.vledger.store.mmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.HardStateContract;
import io.vledger.testkit.SimDisk;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MmapHardStateTest extends HardStateContract {
    @Override
    protected StoreProvider provider() {
        return new MmapStoreProvider();
    }

    @Override
    protected String hardStateFile(SimDisk disk) {
        return MmapHardStateStore.FILE;
    }

    /** Format 1: no starts. */
    private static ByteBuf before(int format) {
        ByteBuf content = Unpooled.buffer();
        content.writeInt(format).writeLong(7).writeLong(3).writeLong(12);
        content.writeByte(1).writeByte(1);
        content.writeShort(2).writeCharSequence("n1", StandardCharsets.UTF_8);
        content.writeShort(4).writeCharSequence("boot", StandardCharsets.UTF_8);
        return content;
    }

    @Test
    void aStateThatWasWrittenBeforeStartsWereCountedIsRead() throws Exception {
        SimDisk disk = new SimDisk();
        open(disk).close();
        new DoubleWriteFile(disk, MmapHardStateStore.FILE).save(before(1));
        try (GroupStore store = open(disk)) {
            HardState old = new HardState(7, "n1", 3, true, HardState.Cause.CACHE_LOST, "boot", 12);
            assertThat(store.hardState().load()).contains(old);
            store.hardState().save(old);
            assertThat(store.hardState().load()).contains(old);
        }
    }

    @Test
    void aStateOfALaterFormatIsRefused() throws Exception {
        SimDisk disk = new SimDisk();
        open(disk).close();
        new DoubleWriteFile(disk, MmapHardStateStore.FILE).save(before(3));
        try (GroupStore store = open(disk)) {
            assertThatThrownBy(() -> store.hardState().load())
                    .isInstanceOf(StoreException.Foreign.class)
                    .hasMessageContaining("format 3");
        }
    }
}
