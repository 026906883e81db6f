package io.vledger.broker.client;

import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.util.Map;
import java.util.function.Function;

/** Reads JSON bodies of requests; what is wrong with one refuses the request with words for its sender. */
public final class JsonBody {
    private JsonBody() {}

    /**
     * Reads the body, an object, and makes something of it.
     *
     * @param reader may throw {@link JsonException}
     * @throws RequestException with code 1, as RocketMQ answers, and words for what is wrong
     */
    public static <T> T read(RpcRequest request, Function<Map<?, ?>, T> reader) {
        if (!request.body().isReadable()) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR, "request " + request.code() + " needs a JSON object as its body");
        }
        try {
            return reader.apply(JsonFields.asObject(Json.read(request.body())));
        } catch (JsonException e) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR, "the body of request " + request.code() + ": " + e.getMessage());
        }
    }
}
