package io.vledger.importer.store;

import java.util.Map;

/**
 * Settings of an old broker by which its files are read.
 *
 * @param indexSlots slots of an index file, {@code maxHashSlotNum}; 0 for RocketMQ's own number
 * @param delayLevels {@code messageDelayLevel}; empty for RocketMQ's own
 */
public record OriginSettings(long indexSlots, String delayLevels) {
    /** The settings of a broker's file. */
    public static OriginSettings of(Map<String, String> settings) {
        String slots = settings.getOrDefault("maxHashSlotNum", "0");
        return new OriginSettings(
                slots.matches("\\d{1,9}") ? Long.parseLong(slots) : 0, settings.getOrDefault("messageDelayLevel", ""));
    }
}
