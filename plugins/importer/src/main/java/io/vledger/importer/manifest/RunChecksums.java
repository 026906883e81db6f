package io.vledger.importer.manifest;

import io.vledger.importer.format.ConsumeQueueFiles;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** Computes the checksums of runs of units as they lie in their files, which were verified against the log before. One thread. */
final class RunChecksums {
    private final CRC32C crc = new CRC32C();

    /** A run with its checksums; see {@link LocalPlacement.Units}. */
    LocalPlacement.Units add(Path file, long first, long from, long to) throws IOException {
        LocalPlacement.Units run = new LocalPlacement.Units(file, first, from, to, "");
        StringBuilder checksums = new StringBuilder();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (long next = from; next < to; next = run.chunkTo(next)) {
                checksums.append("%08x".formatted(chunk(channel, run, next)));
            }
        }
        return new LocalPlacement.Units(file, first, from, to, checksums.toString());
    }

    private int chunk(FileChannel channel, LocalPlacement.Units run, long from) throws IOException {
        int unit = ConsumeQueueFiles.UNIT_BYTES;
        ByteBuffer units = ByteBuffer.allocate((int) (run.chunkTo(from) - from) * unit);
        while (units.hasRemaining()) {
            if (channel.read(units, (from - run.first()) * unit + units.position()) < 0) {
                throw new EOFException(run.file() + " became shorter while it was read");
            }
        }
        crc.reset();
        crc.update(units.flip());
        return (int) crc.getValue();
    }
}
