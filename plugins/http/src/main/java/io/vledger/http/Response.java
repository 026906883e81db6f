package io.vledger.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is answered to a request.
 *
 * @param status HTTP status
 * @param contentType of the body
 * @param body the body; empty for none
 * @param headers further headers
 */
record Response(int status, String contentType, Buffer body, Map<String, String> headers) {
    static final int OK = 200;
    static final int ACCEPTED = 202;
    static final int BAD_REQUEST = 400;
    static final int UNAUTHORIZED = 401;
    static final int FORBIDDEN = 403;
    static final int NOT_FOUND = 404;
    static final int METHOD_NOT_ALLOWED = 405;
    static final int TIMEOUT = 408;
    static final int CONFLICT = 409;
    static final int TOO_LARGE = 413;
    static final int UNPROCESSABLE = 422;
    static final int INTERNAL = 500;
    static final int UNAVAILABLE = 503;

    private static final String JSON = "application/json";

    /** A JSON body, laid out for people too. */
    static Response json(int status, JsonObject body) {
        return new Response(status, JSON, Buffer.buffer(body.encodePrettily() + "\n"), Map.of());
    }

    /** A body that is text already. */
    static Response text(int status, String contentType, String body) {
        return new Response(status, contentType, Buffer.buffer(body), Map.of());
    }

    /** An error: what is wrong, and a hint at what helps, which may be empty. */
    static Response error(int status, String error, String hint) {
        JsonObject body = new JsonObject().put("error", error);
        if (!hint.isEmpty()) {
            body.put("hint", hint);
        }
        return json(status, body);
    }

    /** This answer with one header more. */
    Response with(String name, String value) {
        Map<String, String> more = new TreeMap<>(headers);
        more.put(name, value);
        return new Response(status, contentType, body, Map.copyOf(more));
    }
}
