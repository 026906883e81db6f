package io.vledger.kernel.plugin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** The typed, named services of the process and who offers each. Safe for use by any thread. */
public final class ServiceRegistry {
    private final Map<Class<?>, Map<String, Offer>> offers = new LinkedHashMap<>();

    private record Offer(String provider, Object service) {}

    /** Offers a service. Throws an {@link IllegalStateException} if another one has this type and name. */
    public synchronized <T> void provide(String provider, Class<T> type, String name, T service) {
        if (!type.isInstance(service)) {
            throw new IllegalStateException("not a " + type.getName() + ": " + service);
        }
        Map<String, Offer> named = offers.computeIfAbsent(type, unused -> new TreeMap<>());
        Offer other = named.putIfAbsent(name, new Offer(provider, service));
        if (other != null) {
            throw new IllegalStateException("plugin " + provider + " offers " + shown(type, name) + ", which plugin "
                    + other.provider() + " offers already");
        }
    }

    /** The service; throws an {@link IllegalStateException} if there is none. */
    public synchronized <T> T service(Class<T> type, String name) {
        Offer offer = offers.getOrDefault(type, Map.of()).get(name);
        if (offer == null) {
            throw new IllegalStateException("no plugin offers " + shown(type, name));
        }
        return type.cast(offer.service());
    }

    /** All services of a type by name, as they are now. */
    public synchronized <T> Map<String, T> services(Class<T> type) {
        Map<String, T> found = new TreeMap<>();
        offers.getOrDefault(type, Map.of()).forEach((name, offer) -> found.put(name, type.cast(offer.service())));
        return found;
    }

    /** Withdraws everything that a provider offers. */
    public synchronized void withdraw(String provider) {
        offers.values().forEach(named -> named.values()
                .removeIf(offer -> offer.provider().equals(provider)));
        offers.values().removeIf(Map::isEmpty);
    }

    private static String shown(Class<?> type, String name) {
        return type.getName() + (name.isEmpty() ? "" : " \"" + name + "\"");
    }
}
