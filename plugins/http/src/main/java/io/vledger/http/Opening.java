package io.vledger.http;

import io.vertx.core.json.JsonObject;
import io.vledger.api.health.Health;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A group that is not open yet, by the check of whoever opens it.
 *
 * @param failure why it is not going to be opened; else empty
 * @param progress what goes on; else empty
 * @param firstStart what its first start waits for, for programs; null if it does not
 * @param ready whether it is called ready nevertheless, because it waits for members that have not come
 */
record Opening(String failure, String progress, @Nullable JsonObject firstStart, boolean ready) {
    /** Nothing is known. */
    static final Opening UNKNOWN = new Opening("", "", null, false);

    /** What the checks say of a group. */
    static Opening of(Map<String, Health> checks, String group) {
        for (Map.Entry<String, Health> check : checks.entrySet()) {
            if (check.getKey().endsWith("/" + group)) {
                JsonObject detail = check.getValue().detail();
                Opening found = new Opening(
                        detail.getString("failure", ""),
                        detail.getString("progress", ""),
                        detail.getJsonObject("firstStart"),
                        check.getValue().ready());
                if (!found.text().isEmpty()) {
                    return found;
                }
            }
        }
        return UNKNOWN;
    }

    /** What there is to say, as the end of a sentence that begins with the group; else empty. */
    String text() {
        if (!failure.isEmpty()) {
            return "is not open: " + failure;
        }
        return progress.isEmpty() ? "" : "is not open yet: " + progress;
    }

    /** Whether its first start waits for other members. */
    boolean waits() {
        return failure.isEmpty() && firstStart != null;
    }

    /** What keeps the group from being ready; empty if nothing does. */
    String fault() {
        if (waits() && ready) {
            return "";
        }
        return text().isEmpty() ? "is opening its store" : text();
    }

    void showIn(JsonObject group) {
        if (waits()) {
            group.put("firstStart", firstStart);
        }
    }
}
