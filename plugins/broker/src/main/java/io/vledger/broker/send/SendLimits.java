package io.vledger.broker.send;

import java.util.function.BooleanSupplier;

/**
 * What the configuration of a group lets producers send.
 *
 * @param broker RocketMQ's broker name, for refusals
 * @param writable whether the broker has write permission
 * @param maxBodyBytes most bytes of a body
 * @param delayLevels number of delay levels; messages of higher levels get the last one
 * @param transactions whether half messages are taken
 * @param roomForHalf whether there are few enough half messages without an outcome to take another one
 */
public record SendLimits(
        String broker,
        boolean writable,
        int maxBodyBytes,
        int delayLevels,
        boolean transactions,
        BooleanSupplier roomForHalf) {}
