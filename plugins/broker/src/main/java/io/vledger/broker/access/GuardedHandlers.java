package io.vledger.broker.access;

import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestHandler;

/** Handlers behind a guard. Codes without a handler are guarded too, so that a stranger does not learn which there are. */
record GuardedHandlers(Handlers all, RequestGuard guard) implements Handlers {
    @Override
    public AutoCloseable register(int code, RequestHandler handler) {
        return all.register(code, handler);
    }

    @Override
    public AutoCloseable replace(int code, RequestHandler handler) {
        return all.replace(code, handler);
    }

    @Override
    public RequestHandler handlerOf(int code) {
        RequestHandler handler = all.handlerOf(code);
        return request -> guard.serve(request, handler);
    }
}
