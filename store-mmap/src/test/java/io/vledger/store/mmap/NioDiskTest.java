package io.vledger.store.mmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.Disk;
import io.vledger.api.disk.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
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
    void whatWasReadThroughMapsDoesNotStayResident(@TempDir Path root) throws IOException {
        Path smaps = Path.of("/proc/self/smaps");
        assumeTrue(Files.exists(smaps), "only Linux shows it");
        NioDisk disk = new NioDisk(root);
        long length = 3 * MappedPages.BYTES_MAX;
        int step = 1 << 20;
        ByteBuf read = Unpooled.buffer(step);
        try (DiskFile file = disk.open("sparse", length)) {
            file.resize(length);
            file.write(length - 1, Unpooled.wrappedBuffer(new byte[] {7}));
            for (long position = 0; position < length; position += step) {
                file.read(position, step, read.clear());
                assertThat(mappedBytes("sparse")).isLessThanOrEqualTo(MappedPages.BYTES_MAX + (1 << 20));
            }
            assertThat(read.getByte(step - 1)).isEqualTo((byte) 7);
        }
        assertThat(mappedBytes("sparse")).isZero();
    }

    /** Resident bytes of the maps of a file in this process. */
    private static long mappedBytes(String name) throws IOException {
        long bytes = 0;
        boolean ofFile = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"), StandardCharsets.ISO_8859_1)) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                ofFile = line.endsWith("/" + name);
            } else if (ofFile && line.startsWith("Rss:")) {
                bytes += Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
            }
        }
        return bytes;
    }

    /** A file system of 1000 GiB of which 400 are used and 30 % are reserved for root, as {@code df} shows it: 41 %, not 71 %. */
    @Test
    void blocksReservedForRootCountNeitherAsUsedNorAsFree() throws IOException {
        long gib = 1L << 30;
        Disk.Space space = Disk.Space.of(new FakeVolume(1000 * gib, 600 * gib, 580 * gib));
        assertThat(space.usedPercent()).isEqualTo(41);
        Disk.Space reserved = Disk.Space.of(new FakeVolume(1000 * gib, 650 * gib, 240 * gib));
        assertThat(reserved.usedBytes()).isEqualTo(350 * gib);
        assertThat(reserved.usedPercent())
                .as("350 of 590, not 760 of 1000; rounded up as by df and RocketMQ")
                .isEqualTo(60);
        assertThat(reserved.usedPercentWithout(100 * gib)).isEqualTo(43);
        assertThat(Disk.Space.of(new FakeVolume(1000 * gib, 0, 0)).usedPercent())
                .isEqualTo(100);
        assertThat(Disk.Space.of(new FakeVolume(0, 0, 0)).usedPercent()).isZero();
    }

    private static final class FakeVolume extends FileStore {
        private final long total;
        private final long unallocated;
        private final long usable;

        FakeVolume(long total, long unallocated, long usable) {
            this.total = total;
            this.unallocated = unallocated;
            this.usable = usable;
        }

        @Override
        public String name() {
            return "fake";
        }

        @Override
        public String type() {
            return "fake";
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public long getTotalSpace() {
            return total;
        }

        @Override
        public long getUsableSpace() {
            return usable;
        }

        @Override
        public long getUnallocatedSpace() {
            return unallocated;
        }

        @Override
        public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
            return false;
        }

        @Override
        public boolean supportsFileAttributeView(String name) {
            return false;
        }

        @Override
        public <V extends FileStoreAttributeView> V getFileStoreAttributeView(Class<V> type) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object getAttribute(String attribute) {
            throw new UnsupportedOperationException();
        }
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
