package io.vledger.sim.check;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.LogBatch;
import java.util.zip.CRC32C;

/** Short stand-ins for bytes. */
final class Fingerprint {
    private Fingerprint() {}

    static int of(ByteBuf bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.nioBuffer());
        return (int) crc.getValue();
    }

    /** Of kind, position and payload of a record. */
    static int of(LogBatch batch, long index) {
        return (of(batch.payloadAt(index)) * 31 + batch.kindAt(index)) * 31 + Long.hashCode(batch.positionAt(index));
    }
}
