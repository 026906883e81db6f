package io.vledger.kernel.plugin;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The start order: a plugin that offers a type comes before those that require it. */
final class StartOrder {
    private StartOrder() {}

    /**
     * The plugins in an order in which they can start.
     *
     * @param stuck receives those that wait for each other in a circle; they come last
     */
    static List<Deployment> of(Collection<Deployment> plugins, Collection<Deployment> stuck) {
        List<Deployment> waiting = new ArrayList<>(plugins);
        Set<Deployment> placed = new LinkedHashSet<>();
        while (!waiting.isEmpty()) {
            List<Deployment> next = waiting.stream()
                    .filter(plugin -> placed.containsAll(before(plugin, plugins)))
                    .toList();
            if (next.isEmpty()) {
                stuck.addAll(waiting);
                placed.addAll(waiting);
                break;
            }
            placed.addAll(next);
            waiting.removeAll(next);
        }
        return new ArrayList<>(placed);
    }

    /** Those of {@code plugins} that offer what {@code plugin} requires, or what it starts after. */
    static Set<Deployment> before(Deployment plugin, Collection<Deployment> plugins) {
        Set<Deployment> before = new HashSet<>();
        for (Deployment other : plugins) {
            if (other != plugin
                    && other.descriptor().provides().stream()
                            .anyMatch(type -> plugin.descriptor().requires().contains(type)
                                    || plugin.descriptor().after().contains(type))) {
                before.add(other);
            }
        }
        return before;
    }

    /** Those of {@code plugins} that require what {@code plugin} offers, or what such a one offers; as they are ordered. */
    static List<Deployment> dependents(Deployment plugin, Collection<Deployment> plugins) {
        Set<String> types = new HashSet<>(plugin.descriptor().provides());
        Set<Deployment> found = new HashSet<>();
        boolean grown = true;
        while (grown) {
            grown = false;
            for (Deployment other : plugins) {
                if (other != plugin
                        && other.descriptor().requires().stream().anyMatch(types::contains)
                        && found.add(other)) {
                    types.addAll(other.descriptor().provides());
                    grown = true;
                }
            }
        }
        return plugins.stream().filter(found::contains).toList();
    }
}
