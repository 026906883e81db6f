package io.vledger.kernel.plugin;

import io.vertx.core.Context;
import io.vledger.kernel.plugin.Contribution.ServiceKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The typed, named services of the process, who offers each, and who follows them. Safe for use by any thread. */
public final class ServiceRegistry {
    private final Map<ServiceKey, Offer> offers = new HashMap<>();
    private final Set<Contribution> inPlace = new HashSet<>();
    private final List<ServiceWatch<?>> watches = new CopyOnWriteArrayList<>();

    private record Offer(Contribution by, Object service) {}

    /** Offers a service of the kernel itself, for good. */
    public <T> void provide(String provider, Class<T> type, String name, T service) {
        Contribution own = new Contribution(provider);
        provide(own, type, name, service);
        swap(null, own);
    }

    /**
     * Adds a service to an contribution, and to the registry if the contribution is in place.
     *
     * @throws IllegalStateException if another one in place has this type and name
     */
    <T> void provide(Contribution by, Class<T> type, String name, T service) {
        if (!type.isInstance(service)) {
            throw new IllegalStateException("not a " + type.getName() + ": " + service);
        }
        ServiceKey key = new ServiceKey(type, name);
        boolean seen;
        synchronized (this) {
            seen = inPlace.contains(by);
            if (by.services().containsKey(key)) {
                throw taken(by, key, by);
            }
            if (seen) {
                Offer other = offers.putIfAbsent(key, new Offer(by, service));
                if (other != null) {
                    throw taken(by, key, other.by());
                }
            }
            by.services().put(key, service);
        }
        if (seen) {
            tell(Set.of(type));
        }
    }

    /**
     * Withdraws one contribution and puts another in place, in one step for everybody who looks.
     *
     * @throws IllegalStateException if {@code in} has something that a third one offers; nothing is changed then
     */
    void swap(@Nullable Contribution out, @Nullable Contribution in) {
        Set<Class<?>> changed = new HashSet<>();
        synchronized (this) {
            if (in != null) {
                for (ServiceKey key : in.services().keySet()) {
                    Offer other = offers.get(key);
                    if (other != null && other.by() != out && other.by() != in) {
                        throw taken(in, key, other.by());
                    }
                }
            }
            if (out != null && inPlace.remove(out)) {
                out.services().keySet().forEach(key -> {
                    offers.remove(key);
                    changed.add(key.type());
                });
            }
            if (in != null && inPlace.add(in)) {
                in.services().forEach((key, service) -> {
                    offers.put(key, new Offer(in, service));
                    changed.add(key.type());
                });
            }
        }
        tell(changed);
    }

    /** The service; throws an {@link IllegalStateException} if there is none. */
    public synchronized <T> T service(Class<T> type, String name) {
        ServiceKey key = new ServiceKey(type, name);
        Offer offer = offers.get(key);
        if (offer == null) {
            throw new IllegalStateException("no plugin offers " + key);
        }
        return type.cast(offer.service());
    }

    /** All services of a type by name, as they are now. */
    public synchronized <T> Map<String, T> services(Class<T> type) {
        Map<String, T> found = new TreeMap<>();
        offers.forEach((key, offer) -> {
            if (key.type().equals(type)) {
                found.put(key.name(), type.cast(offer.service()));
            }
        });
        return found;
    }

    /** Calls {@code listener} on {@code context} soon, and again after every change, until the watch is closed. */
    <T> ServiceWatch<T> watch(Class<T> type, Context context, Consumer<Map<String, T>> listener) {
        ServiceWatch<T> watch = new ServiceWatch<>(type, context, () -> services(type), listener, watches::remove);
        watches.add(watch);
        watch.changed();
        return watch;
    }

    private void tell(Set<? extends Class<?>> changed) {
        for (ServiceWatch<?> watch : watches) {
            if (changed.contains(watch.type())) {
                watch.changed();
            }
        }
    }

    private static IllegalStateException taken(Contribution by, ServiceKey key, Contribution other) {
        return new IllegalStateException("plugin " + by.provider() + " offers " + key + ", which plugin "
                + other.provider() + " offers already");
    }
}
