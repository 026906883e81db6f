package io.vledger.remoting.connection;

import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The filters that look at every request before its handler, in the order of their names. Any thread. */
public final class Filters {
    private static final Named[] NONE = {};

    private final QuietLog log;
    private final Map<String, Long> failures = new ConcurrentHashMap<>();
    private volatile Named[] filters = NONE;

    private record Named(String name, RequestFilter filter) {}

    Filters(QuietLog log) {
        this.log = log;
    }

    /** These, and no others, look at requests from now on. */
    public void set(Map<String, RequestFilter> byName) {
        List<Named> sorted = new ArrayList<>();
        new TreeMap<>(byName).forEach((name, filter) -> sorted.add(new Named(name, filter)));
        failures.keySet().retainAll(byName.keySet());
        filters = sorted.toArray(NONE);
    }

    /** How often each filter has failed, by name; empty if none has. */
    public Map<String, Long> failures() {
        return Map.copyOf(failures);
    }

    /** Whether a filter rejected the request, and answered it. */
    boolean rejects(String group, Request request) {
        for (Named each : filters) {
            try {
                each.filter.check(group, request);
            } catch (RequestException refusal) {
                if (!request.replied()) {
                    request.refuse(refusal);
                }
                return true;
            } catch (RuntimeException | LinkageError | AssertionError e) { // a filter is not to break the broker
                failures.merge(each.name, 1L, Long::sum);
                log.error("the filter " + each.name + " failed; the request passes", e);
            }
            if (request.replied()) {
                return true;
            }
        }
        return false;
    }
}
