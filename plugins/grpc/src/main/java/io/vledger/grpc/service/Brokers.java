package io.vledger.grpc.service;

import io.vledger.grpc.broker.GroupSettingsCache;
import io.vledger.grpc.broker.RouteTable;
import java.util.function.LongSupplier;

/**
 * What the methods know of the brokers.
 *
 * @param routes where topics are
 * @param groups settings of consumer groups
 * @param clock milliseconds since the epoch
 */
public record Brokers(RouteTable routes, GroupSettingsCache groups, LongSupplier clock) {
    /** As long as RocketMQ's proxy waits for a broker. */
    static final int TIMEOUT_MS = 3_000;

    long nowMs() {
        return clock.getAsLong();
    }
}
