package io.vledger.testkit.fake;

import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestHandler;
import java.util.HashMap;
import java.util.Map;

/** A plain table of handlers. */
public final class FakeHandlers implements Handlers {
    private final Map<Integer, RequestHandler> byCode = new HashMap<>();

    @Override
    public AutoCloseable register(int code, RequestHandler handler) {
        if (byCode.putIfAbsent(code, handler) != null) {
            throw new IllegalStateException("the code " + code + " has a handler");
        }
        return () -> byCode.remove(code, handler);
    }

    @Override
    public AutoCloseable replace(int code, RequestHandler handler) {
        byCode.put(code, handler);
        return () -> byCode.remove(code, handler);
    }

    @Override
    public RequestHandler handlerOf(int code) {
        return byCode.getOrDefault(code, request -> request.reply(3, " request type " + code + " not supported"));
    }
}
