package io.vledger.http;

import io.vertx.core.buffer.Buffer;
import java.util.Map;

/**
 * A request that found its endpoint and may ask for what it asks.
 *
 * @param parameters the variable parts of the path by name, decoded
 * @param body the whole body; empty where the endpoint takes none
 */
record ApiRequest(Map<String, String> parameters, Buffer body) {
    /** A variable part of the path. */
    String parameter(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the path has no " + name);
        }
        return value;
    }
}
