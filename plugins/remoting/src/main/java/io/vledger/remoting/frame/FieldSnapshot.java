package io.vledger.remoting.frame;

import io.vledger.api.rpc.FieldWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/** Fields taken at once from a writer, to be written later: for calls that wait for their connection. */
public final class FieldSnapshot implements FieldWriter, FieldWriter.FieldSink {
    private final Map<String, String> fields = new LinkedHashMap<>();

    private FieldSnapshot() {}

    /** The fields that a writer writes now. */
    public static FieldWriter of(FieldWriter source) {
        if (source == FieldWriter.NONE) {
            return source;
        }
        FieldSnapshot snapshot = new FieldSnapshot();
        source.writeTo(snapshot);
        return snapshot;
    }

    @Override
    public void writeTo(FieldSink sink) {
        fields.forEach(sink::put);
    }

    @Override
    public FieldSink put(String key, long value) {
        fields.put(key, Long.toString(value));
        return this;
    }

    @Override
    public FieldSink put(String key, CharSequence value) {
        fields.put(key, value.toString());
        return this;
    }

    @Override
    public FieldSink put(String key, boolean value) {
        fields.put(key, Boolean.toString(value));
        return this;
    }
}
