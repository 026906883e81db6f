package io.vledger.grpc.broker;

import apache.rocketmq.v2.CustomizedBackoff;
import apache.rocketmq.v2.ExponentialBackoff;
import apache.rocketmq.v2.RetryPolicy;
import com.google.protobuf.Duration;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What of a consumer group's settings its clients follow.
 *
 * @param orderly whether its messages are consumed in order
 * @param retryPolicy how often a message is tried, and when
 */
public record GroupSettings(boolean orderly, RetryPolicy retryPolicy) {
    private static final long MINUTE = 60_000;
    private static final long HOUR = 60 * MINUTE;
    private static final List<Long> WAITS = List.of(
            1_000L,
            5_000L,
            10_000L,
            30_000L,
            MINUTE,
            2 * MINUTE,
            3 * MINUTE,
            4 * MINUTE,
            5 * MINUTE,
            6 * MINUTE,
            7 * MINUTE,
            8 * MINUTE,
            9 * MINUTE,
            10 * MINUTE,
            20 * MINUTE,
            30 * MINUTE,
            HOUR,
            2 * HOUR);
    private static final int RETRIES = 16;

    /** Of a group that has no settings. */
    public static final GroupSettings DEFAULT = read(Map.of());

    /** Reads what a broker answers to GET_SUBSCRIPTIONGROUP_CONFIG. */
    static GroupSettings read(byte[] body) {
        return read(Json.readObject(body));
    }

    private static GroupSettings read(Map<?, ?> json) {
        RetryPolicy.Builder policy =
                RetryPolicy.newBuilder().setMaxAttempts(JsonFields.number(json, "retryMaxTimes", RETRIES) + 1);
        Map<?, ?> retry = JsonFields.object(json, "groupRetryPolicy");
        if (JsonFields.text(retry, "type", "CUSTOMIZED").equals("EXPONENTIAL")) {
            Map<?, ?> exponential = JsonFields.object(retry, "exponentialRetryPolicy");
            policy.setExponentialBackoff(ExponentialBackoff.newBuilder()
                    .setInitial(duration(JsonFields.longNumber(exponential, "initial", 5_000)))
                    .setMax(duration(JsonFields.longNumber(exponential, "max", 2 * HOUR)))
                    .setMultiplier(JsonFields.number(exponential, "multiplier", 2)));
        } else {
            CustomizedBackoff.Builder waits = CustomizedBackoff.newBuilder();
            waits(JsonFields.object(retry, "customizedRetryPolicy")).forEach(wait -> waits.addNext(duration(wait)));
            policy.setCustomizedBackoff(waits);
        }
        return new GroupSettings(JsonFields.flag(json, "consumeMessageOrderly", false), policy.build());
    }

    private static List<Long> waits(Map<?, ?> policy) {
        List<Long> waits = new ArrayList<>();
        for (Object each : JsonFields.array(policy, "next")) {
            if (each instanceof Number number) {
                waits.add(number.longValue());
            }
        }
        return waits.isEmpty() ? WAITS : waits;
    }

    private static Duration duration(long ms) {
        return Duration.newBuilder()
                .setSeconds(Math.floorDiv(ms, 1_000L))
                .setNanos((int) Math.floorMod(ms, 1_000L) * 1_000_000)
                .build();
    }
}
