package io.vledger.broker.config;

import io.netty.buffer.ByteBuf;
import io.vledger.broker.state.PartEntry;
import io.vledger.broker.state.StatePart;
import io.vledger.broker.state.StateText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The values that tools have set with {@code UPDATE_BROKER_CONFIG} (25), under RocketMQ's keys; they are in force instead of those of the
 * members' files. A value that is set to nothing gives the key back to the files.
 *
 * <p>Header of an entry and section of a snapshot: long changes so far (section only), int n, n times text key, text value.
 */
public final class RuntimeConfig implements StatePart {
    /** Entry kind: values are set. */
    public static final byte SET = 50;

    private static final int MAX_KEYS = 1_000;

    private final Map<String, String> values = new TreeMap<>();
    private final List<Runnable> listeners = new ArrayList<>();
    private long changes;

    /** What is set, by key. A view. */
    public Map<String, String> values() {
        return Collections.unmodifiableMap(values);
    }

    /** How often something was set; the same on all members. */
    public long changes() {
        return changes;
    }

    /** Calls back after each change, also by a snapshot. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Appends an entry that sets values. */
    public static void writeEntry(ByteBuf payload, Map<String, String> set) {
        int at = payload.writerIndex();
        PartEntry.beginHeader(payload, 0);
        writeMap(payload, set);
        payload.setInt(at, payload.writerIndex() - at - Integer.BYTES);
        PartEntry.beginMessages(payload, 0);
    }

    private static void writeMap(ByteBuf target, Map<String, String> map) {
        target.writeInt(map.size());
        map.forEach((key, value) -> {
            StateText.write(target, key);
            StateText.write(target, value);
        });
    }

    private static Map<String, String> readMap(ByteBuf source) {
        Map<String, String> map = new TreeMap<>();
        int count = StateText.count(source.readInt(), MAX_KEYS, "keys of the configuration");
        for (int i = 0; i < count; i++) {
            map.put(StateText.read(source), StateText.read(source));
        }
        return map;
    }

    @Override
    public int section() {
        return SET;
    }

    @Override
    public boolean owns(byte kind) {
        return kind == SET;
    }

    @Override
    public void apply(byte kind, long position, ByteBuf header) {
        changes++;
        readMap(header).forEach((key, value) -> {
            if (value.isEmpty()) {
                values.remove(key);
            } else {
                values.put(key, value);
            }
        });
        listeners.forEach(Runnable::run);
    }

    @Override
    public void clear() {
        values.clear();
        changes = 0;
        listeners.forEach(Runnable::run);
    }

    @Override
    public void write(ByteBuf target) {
        target.writeLong(changes);
        writeMap(target, values);
    }

    @Override
    public void read(ByteBuf source) {
        values.clear();
        changes = source.readLong();
        values.putAll(readMap(source));
        listeners.forEach(Runnable::run);
    }
}
