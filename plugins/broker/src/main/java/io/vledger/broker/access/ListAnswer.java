package io.vledger.broker.access;

import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonWriter;
import java.util.function.Consumer;

/**
 * The JSON array that answers a request for a list. RocketMQ bounds none, and its clients take no frame of more than 16 MiB; here the list ends
 * with an error that says how to ask for less, before it holds up the loop or takes much memory. Loop only.
 */
final class ListAnswer {
    /** The longest, but for one element. */
    static final int MAX_CHARACTERS = 4 << 20;

    private final String advice;
    private final StringBuilder text = new StringBuilder(256);
    private final JsonWriter json = JsonWriter.to(text).beginArray();
    private int elements;

    /** @param advice how to ask for less */
    ListAnswer(String advice) {
        this.advice = advice;
    }

    /**
     * Adds an element.
     *
     * @throws RequestException if there are too many
     */
    void add(Consumer<JsonWriter> element) {
        element.accept(json);
        elements++;
        if (text.length() > MAX_CHARACTERS) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    "the list has more than " + (MAX_CHARACTERS >> 20) + " MiB; " + advice);
        }
    }

    /** Answers with the list; with no body if it is empty, as RocketMQ. */
    void reply(RpcRequest request) {
        if (elements == 0) {
            request.reply(ResponseCode.SUCCESS, null);
        } else {
            request.replyBody(json.endArray().toBytes());
        }
    }
}
