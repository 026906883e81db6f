package io.vledger.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the JSON object that a request brings. */
final class JsonBody {
    private static final int SHOWN_CHARS = 80;

    private JsonBody() {}

    /** The object; empty for an empty body. A {@link ApiException} names what cannot be read and which key is unknown. */
    static JsonObject parse(Buffer body, Set<String> known) {
        if (body.toString().isBlank()) {
            return new JsonObject();
        }
        JsonObject object;
        try {
            object = new JsonObject(body);
        } catch (DecodeException | ClassCastException e) {
            throw new ApiException(
                    Response.BAD_REQUEST,
                    "the body is not a JSON object: " + shown(body.toString()),
                    "send an object with the keys " + new TreeSet<>(known) + ", or nothing");
        }
        for (String key : object.fieldNames()) {
            if (!known.contains(key)) {
                throw new ApiException(
                        Response.BAD_REQUEST,
                        "the body has the unknown key " + shown(key),
                        "the keys are " + new TreeSet<>(known));
            }
        }
        return object;
    }

    /** A value of the request, short enough to be repeated. */
    static String shown(@Nullable Object value) {
        String text = String.valueOf(value);
        return text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "…";
    }
}
