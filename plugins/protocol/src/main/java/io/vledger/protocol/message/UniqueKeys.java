package io.vledger.protocol.message;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;

/**
 * Makes {@code UNIQ_KEY}s for messages whose producer gave none, in the shape that clients and tools take apart: address (4),
 * process number (2), hash (4), milliseconds since the start of the month (4) and a counter (2), in hexadecimal. One thread.
 */
public final class UniqueKeys {
    private final byte[] prefix = new byte[10];
    private long monthStartMs = Long.MAX_VALUE;
    private long monthEndMs;
    private int counter;

    /**
     * Keys of a node.
     *
     * @param host see {@link HostBytes}; its first four bytes are used
     * @param salt tells apart nodes and starts; in place of process number and class loader hash
     */
    public UniqueKeys(byte[] host, long salt) {
        System.arraycopy(host, 0, prefix, 0, 4);
        for (int i = 0; i < 6; i++) {
            prefix[4 + i] = (byte) (salt >>> (8 * i));
        }
    }

    /** The next key at a time. */
    public String next(long nowMs) {
        if (nowMs < monthStartMs || nowMs >= monthEndMs) {
            ZonedDateTime month = Instant.ofEpochMilli(nowMs)
                    .atZone(ZoneId.systemDefault())
                    .truncatedTo(ChronoUnit.DAYS)
                    .withDayOfMonth(1);
            monthStartMs = month.toInstant().toEpochMilli();
            monthEndMs = month.plusMonths(1).toInstant().toEpochMilli();
        }
        int sinceStart = (int) (nowMs - monthStartMs);
        counter++;
        HexFormat hex = HexFormat.of().withUpperCase();
        return hex.formatHex(prefix)
                + hex.toHexDigits((long) sinceStart, 8)
                + hex.toHexDigits((long) (counter & 0xFFFF), 4);
    }
}
