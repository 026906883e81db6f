package io.vledger.importer.agree;

import io.vertx.core.json.JsonObject;

/**
 * What a member says of its old broker, to members that are about to form a group that continues from it.
 *
 * @param kind what it knows
 * @param open whether the group is open there
 * @param confirmed whether, when it was opened there, every member that could be asked by then had said that its old broker did not
 *     run again, and none was left to ask
 * @param text for people, if the old broker ran again; else empty
 */
record OriginStatus(Kind kind, boolean open, boolean confirmed, String text) {
    private static final int MAX_TEXT = 4_000;

    /** What a member knows. */
    enum Kind {
        /** It has not looked yet. */
        UNKNOWN,
        /** The old broker did not run again here. */
        INTACT,
        /** The old broker ran again here, and nobody has decided what counts. */
        WENT_ON
    }

    static final OriginStatus UNKNOWN = new OriginStatus(Kind.UNKNOWN, false, false, "");
    static final OriginStatus INTACT = new OriginStatus(Kind.INTACT, false, false, "");

    static OriginStatus ranAgain(String text) {
        return new OriginStatus(Kind.WENT_ON, false, false, text.substring(0, Math.min(MAX_TEXT, text.length())));
    }

    OriginStatus opened(boolean isConfirmed) {
        return new OriginStatus(kind, true, isConfirmed, text);
    }

    JsonObject toJson() {
        return new JsonObject()
                .put("origin", kind.name())
                .put("open", open)
                .put("confirmed", confirmed)
                .put("text", text);
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException if it is not that
     */
    static OriginStatus of(JsonObject json) {
        try {
            return new OriginStatus(
                    Kind.valueOf(json.getString("origin")),
                    json.getBoolean("open"),
                    json.getBoolean("confirmed"),
                    json.getString("text"));
        } catch (NullPointerException | ClassCastException e) {
            throw new IllegalArgumentException("what a member says of its old broker lacks something", e);
        }
    }
}
