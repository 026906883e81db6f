package io.vledger.broker.routing;

import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestHandler;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The requests that a broker serves: for each code its {@link RoutingPolicy} and its handler. Registration, routing and the list in
 * the module's README come from this table. Filled before the group serves; loop only.
 */
public final class RequestTable {
    /**
     * One request code.
     *
     * @param policy which member serves it
     * @param handler serves it on that member, and answers why not on one that cannot
     */
    public record Entry(RoutingPolicy policy, RequestHandler handler) {}

    private final Map<Integer, Entry> entries = new TreeMap<>();

    /** Adds the handler of a code that has none. */
    public void add(RoutingPolicy policy, int code, RequestHandler handler) {
        if (entries.putIfAbsent(code, new Entry(policy, handler)) != null) {
            throw new IllegalStateException("request code " + code + " has a handler already");
        }
    }

    /** The entry of a code, or null. */
    @Nullable
    Entry find(int code) {
        return entries.get(code);
    }

    /** All entries, by code. A view. */
    public Map<Integer, Entry> entries() {
        return Collections.unmodifiableMap(entries);
    }

    /** Registers the handlers as they are: every request is served by the member that got it. */
    public void register(Handlers handlers) {
        entries.forEach((code, entry) -> handlers.register(code, entry.handler()));
    }
}
