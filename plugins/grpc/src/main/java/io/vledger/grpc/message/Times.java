package io.vledger.grpc.message;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;

/** Milliseconds and protobuf's times. */
public final class Times {
    private static final long MS = 1_000L;
    private static final int NANOS = 1_000_000;

    private Times() {}

    /** A time, milliseconds since the epoch. */
    public static Timestamp timestamp(long ms) {
        return Timestamp.newBuilder()
                .setSeconds(Math.floorDiv(ms, MS))
                .setNanos((int) Math.floorMod(ms, MS) * NANOS)
                .build();
    }

    /** Milliseconds since the epoch; the nearest that a long can hold. */
    public static long ms(Timestamp time) {
        return ms(time.getSeconds(), time.getNanos());
    }

    /** Milliseconds; the nearest that a long can hold. */
    public static long ms(Duration duration) {
        return ms(duration.getSeconds(), duration.getNanos());
    }

    /** A duration of milliseconds. */
    public static Duration duration(long ms) {
        return Duration.newBuilder()
                .setSeconds(Math.floorDiv(ms, MS))
                .setNanos((int) Math.floorMod(ms, MS) * NANOS)
                .build();
    }

    private static long ms(long seconds, int nanos) {
        long bound = Long.MAX_VALUE / MS - 1;
        return Math.max(-bound, Math.min(bound, seconds)) * MS + nanos / NANOS;
    }
}
