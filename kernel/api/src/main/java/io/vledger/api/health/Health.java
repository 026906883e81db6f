package io.vledger.api.health;

import io.vertx.core.json.JsonObject;

/**
 * What a check found.
 *
 * @param live false only if the process cannot recover by itself and should be restarted
 * @param started false only if a start makes no progress; recovery and waiting for others are no reason
 * @param ready whether clients should be sent here
 * @param detail why, as a JSON object for a person to read
 */
public record Health(boolean live, boolean started, boolean ready, JsonObject detail) {
    /** A check that is well, with its detail. */
    public static Health up(JsonObject detail) {
        return new Health(true, true, true, detail);
    }
}
