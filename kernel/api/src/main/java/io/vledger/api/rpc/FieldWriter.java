package io.vledger.api.rpc;

/** Writes header fields into a frame that is being encoded. Called exactly once a frame, at once. */
@FunctionalInterface
public interface FieldWriter {
    /** Writes nothing; the reply then has no {@code extFields}. */
    FieldWriter NONE = sink -> {};

    /** Writes the fields. */
    void writeTo(FieldSink sink);

    /** Receives fields. Keys must be ASCII. */
    interface FieldSink {
        /** A number. */
        FieldSink put(String key, long value);

        /** A text; any characters. */
        FieldSink put(String key, CharSequence value);

        /** {@code true} or {@code false}. */
        FieldSink put(String key, boolean value);
    }
}
