package io.vledger.broker.send;

import io.vledger.broker.config.Settings;
import java.util.function.BooleanSupplier;

/**
 * What the configuration of a group lets producers send.
 *
 * @param broker RocketMQ's broker name, for refusals
 * @param settings those in force
 * @param delayLevels number of delay levels; messages of higher levels get the last one
 * @param roomForHalf whether there are few enough half messages without an outcome to take another one
 */
public record SendLimits(String broker, Settings settings, int delayLevels, BooleanSupplier roomForHalf) {
    /** Whether the broker has write permission. */
    boolean writable() {
        return settings.writable();
    }

    /** Whether half messages are taken. */
    boolean transactions() {
        return !settings.transactions().reject();
    }

    /** Most bytes of a body. */
    int maxBodyBytes() {
        return settings.maxMessageSize();
    }
}
