package io.vledger.remoting;

import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.protocol.ResponseCode;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Request handlers by code, copied on write: a look-up is one volatile read and, for most codes, an array access. */
public final class HandlerTable implements Handlers {
    private static final int LOW_CODES = 512;

    private static final RequestHandler NOT_SUPPORTED = request -> request.reply(
            ResponseCode.REQUEST_CODE_NOT_SUPPORTED, " request type " + request.code() + " not supported");

    private volatile Snapshot snapshot = new Snapshot(Map.of());

    @Override
    public AutoCloseable register(int code, RequestHandler handler) {
        return put(code, handler, false);
    }

    @Override
    public AutoCloseable replace(int code, RequestHandler handler) {
        return put(code, handler, true);
    }

    @Override
    public RequestHandler handlerOf(int code) {
        return snapshot.find(code);
    }

    private synchronized AutoCloseable put(int code, RequestHandler handler, boolean mayReplace) {
        Objects.requireNonNull(handler);
        Map<Integer, Registration> next = new HashMap<>(snapshot.all);
        Registration registration = new Registration(code, handler);
        if (next.put(code, registration) != null && !mayReplace) {
            throw new IllegalStateException("request code " + code + " has a handler already");
        }
        snapshot = new Snapshot(next);
        return () -> remove(registration);
    }

    private synchronized void remove(Registration registration) {
        if (snapshot.all.get(registration.code) != registration) {
            return; // removed before, or replaced
        }
        Map<Integer, Registration> next = new HashMap<>(snapshot.all);
        next.remove(registration.code);
        snapshot = new Snapshot(next);
    }

    /** One registration; compared by identity. */
    private static final class Registration {
        private final int code;
        private final RequestHandler handler;

        Registration(int code, RequestHandler handler) {
            this.code = code;
            this.handler = handler;
        }
    }

    /** An immutable table. */
    private static final class Snapshot {
        private final Map<Integer, Registration> all;
        private final @Nullable RequestHandler[] low = new RequestHandler[LOW_CODES];

        Snapshot(Map<Integer, Registration> all) {
            this.all = all;
            all.forEach((code, registration) -> {
                if (code >= 0 && code < LOW_CODES) {
                    low[code] = registration.handler;
                }
            });
        }

        RequestHandler find(int code) {
            RequestHandler found = null;
            if (code >= 0 && code < LOW_CODES) {
                found = low[code];
            } else {
                Registration registration = all.get(code);
                if (registration != null) {
                    found = registration.handler;
                }
            }
            return found == null ? NOT_SUPPORTED : found;
        }
    }
}
