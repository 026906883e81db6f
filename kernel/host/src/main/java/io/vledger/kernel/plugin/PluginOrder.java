package io.vledger.kernel.plugin;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Who comes before whom: whoever offers a type comes before whoever requires it. */
final class PluginOrder {
    private PluginOrder() {}

    /**
     * The plugins in an order in which they can start.
     *
     * @param stuck receives those that wait for each other in a circle; they come last
     */
    static List<DeployedPlugin> of(Collection<DeployedPlugin> plugins, Collection<DeployedPlugin> stuck) {
        List<DeployedPlugin> waiting = new ArrayList<>(plugins);
        Set<DeployedPlugin> placed = new LinkedHashSet<>();
        while (!waiting.isEmpty()) {
            List<DeployedPlugin> next = waiting.stream()
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
    static Set<DeployedPlugin> before(DeployedPlugin plugin, Collection<DeployedPlugin> plugins) {
        Set<DeployedPlugin> before = new HashSet<>();
        for (DeployedPlugin other : plugins) {
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
    static List<DeployedPlugin> dependents(DeployedPlugin plugin, Collection<DeployedPlugin> plugins) {
        Set<String> types = new HashSet<>(plugin.descriptor().provides());
        Set<DeployedPlugin> found = new HashSet<>();
        boolean grown = true;
        while (grown) {
            grown = false;
            for (DeployedPlugin other : plugins) {
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
