package io.vledger.api.rpc;

import java.util.LinkedHashMap;
import java.util.Map;

/** Fields taken at once from a writer: to be written later, or to be looked at. */
public final class FieldSnapshot implements FieldWriter.FieldSink {
    private final Map<String, String> fields = new LinkedHashMap<>();

    private FieldSnapshot() {}

    /** Writes, whenever it is asked to, the fields that a writer writes now. */
    public static FieldWriter of(FieldWriter source) {
        if (source == FieldWriter.NONE) {
            return source;
        }
        Map<String, String> taken = values(source);
        return sink -> taken.forEach(sink::put);
    }

    /** The fields that a writer writes now, in its order. The map is the caller's. */
    public static Map<String, String> values(FieldWriter source) {
        FieldSnapshot snapshot = new FieldSnapshot();
        source.writeTo(snapshot);
        return snapshot.fields;
    }

    @Override
    public FieldWriter.FieldSink put(String key, long value) {
        fields.put(key, Long.toString(value));
        return this;
    }

    @Override
    public FieldWriter.FieldSink put(String key, CharSequence value) {
        fields.put(key, value.toString());
        return this;
    }

    @Override
    public FieldWriter.FieldSink put(String key, boolean value) {
        fields.put(key, Boolean.toString(value));
        return this;
    }
}
