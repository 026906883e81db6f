package io.vledger.store.mmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NioDiskTest {
    @Test
    void whatIsWrittenIsReadThroughTheMapAndBesideIt(@TempDir Path root) throws IOException {
        NioDisk disk = new NioDisk(root);
        for (long mapped : new long[] {0, 4096, 1 << 20}) {
            try (DiskFile file = disk.open("a/b/file-" + mapped, mapped)) {
                file.resize(8192);
                ByteBuf parts = Unpooled.wrappedBuffer(new byte[] {1, 2, 3}, new byte[] {4, 5});
                file.write(4094, parts);
                assertThat(parts.readableBytes()).isEqualTo(5);
                ByteBuf read = Unpooled.buffer();
                file.read(4093, 7, read);
                assertThat(read).isEqualTo(Unpooled.wrappedBuffer(new byte[] {0, 1, 2, 3, 4, 5, 0}));
                file.write(4094, Unpooled.wrappedBuffer(new byte[] {9}));
                read.clear();
                file.read(4094, 2, read);
                assertThat(read).isEqualTo(Unpooled.wrappedBuffer(new byte[] {9, 2}));
                assertThatThrownBy(() -> file.read(8190, 3, read)).isInstanceOf(EOFException.class);
                file.sync();
            }
        }
        assertThat(disk.list("a/b")).containsExactly("file-0", "file-1048576", "file-4096");
        disk.rename("a/b/file-0", "a/b/file-4096");
        disk.syncDirectory("a/b");
        assertThat(disk.list("a/b")).containsExactly("file-1048576", "file-4096");
        assertThat(disk.space().totalBytes()).isPositive();
        assertThatThrownBy(() -> disk.exists("../other")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readersOutliveCutsAndCloses(@TempDir Path root) throws Exception {
        NioDisk disk = new NioDisk(root);
        AtomicBoolean stop = new AtomicBoolean();
        CountDownLatch reading = new CountDownLatch(1);
        DiskFile file = disk.open("file", 1 << 20);
        file.resize(1 << 20);
        CompletableFuture<Long> reader = CompletableFuture.supplyAsync(() -> {
            long reads = 0;
            ByteBuf target = Unpooled.buffer(1 << 16);
            while (!stop.get()) {
                reading.countDown();
                target.clear();
                try {
                    file.read((1 << 20) - (1 << 16), 1 << 16, target);
                    reads++;
                } catch (IOException e) {
                    // The file is short or closed at this moment.
                    reads++;
                }
            }
            return reads;
        });
        assertThat(reading.await(30, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < 300; i++) {
            file.resize(4096);
            file.resize(1 << 20);
            file.write((1 << 20) - 8, Unpooled.copyLong(i));
        }
        file.close();
        stop.set(true);
        assertThat(reader.get(30, TimeUnit.SECONDS)).isPositive();
    }
}
