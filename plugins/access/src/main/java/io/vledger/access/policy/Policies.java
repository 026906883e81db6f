package io.vledger.access.policy;

import io.vledger.access.rights.Need;
import io.vledger.access.rights.ResourceKind;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one user may do.
 *
 * @param custom entries that count first
 * @param defaults entries that count where no custom one matches
 */
public record Policies(List<PolicyEntry> custom, List<PolicyEntry> defaults) {
    /** Nothing. */
    public static final Policies NONE = new Policies(List.of(), List.of());
    /** Most entries of one user. */
    public static final int MAX_ENTRIES = 2_000;

    /** The most exact resource first; of two that are equally exact the denial. RocketMQ lets the permission win there. */
    private static final Comparator<PolicyEntry> PRECEDENCE = Comparator.<PolicyEntry, Boolean>comparing(
                    entry -> entry.resource().kind() == ResourceKind.ANY)
            .thenComparing(entry -> entry.resource().pattern())
            .thenComparing(entry -> -entry.resource().name().length())
            .thenComparing(PolicyEntry::allow);

    /** Copies the lists. */
    public Policies {
        custom = List.copyOf(custom);
        defaults = List.copyOf(defaults);
    }

    /** Whether they say nothing. */
    public boolean isEmpty() {
        return custom.isEmpty() && defaults.isEmpty();
    }

    /** How many entries there are. */
    public int size() {
        return custom.size() + defaults.size();
    }

    /** Whether all entries of others are among these. */
    public boolean containsAll(Policies others) {
        return custom.containsAll(others.custom) && defaults.containsAll(others.defaults);
    }

    /** The entries of one type. */
    public List<PolicyEntry> of(PolicyType type) {
        return type == PolicyType.CUSTOM ? custom : defaults;
    }

    /**
     * Whether they grant what a request needs.
     *
     * @return null if so, else why not
     */
    public @Nullable String refusal(Need need, InetAddress from) {
        PolicyEntry first = first(custom, need, from);
        if (first == null) {
            first = first(defaults, need, from);
        }
        if (first == null) {
            return "no matched policies.";
        }
        return first.allow() ? null : "the decision is deny.";
    }

    /** Without a stream: each request that nothing is remembered of comes here. */
    private static @Nullable PolicyEntry first(List<PolicyEntry> entries, Need need, InetAddress from) {
        PolicyEntry first = null;
        for (int i = 0; i < entries.size(); i++) {
            PolicyEntry entry = entries.get(i);
            if (entry.matches(need, from) && (first == null || PRECEDENCE.compare(entry, first) < 0)) {
                first = entry;
            }
        }
        return first;
    }

    /** Whether what they grant depends on where a request comes from. */
    public boolean dependsOnSource() {
        return custom.stream().anyMatch(entry -> !entry.sources().isEmpty())
                || defaults.stream().anyMatch(entry -> !entry.sources().isEmpty());
    }

    /** These, with others: an entry about the same resource takes the place of the one before. */
    public Policies with(Policies more) {
        return new Policies(merged(custom, more.custom), merged(defaults, more.defaults));
    }

    private static List<PolicyEntry> merged(List<PolicyEntry> old, List<PolicyEntry> more) {
        List<PolicyEntry> all = new ArrayList<>(old);
        for (PolicyEntry entry : more) {
            int at = 0;
            while (at < all.size() && !all.get(at).resource().equals(entry.resource())) {
                at++;
            }
            if (at < all.size()) {
                all.set(at, entry);
            } else {
                all.add(entry);
            }
        }
        return all;
    }

    /** These, without what one type says about a resource. */
    public Policies without(PolicyType type, Resource resource) {
        return type == PolicyType.CUSTOM
                ? new Policies(kept(custom, entry -> !entry.resource().equals(resource)), defaults)
                : new Policies(custom, kept(defaults, entry -> !entry.resource().equals(resource)));
    }

    /** These, with only those entries whose resource has some text in it. */
    public Policies about(String text) {
        Predicate<PolicyEntry> wanted = entry -> entry.resource().toString().contains(text);
        return new Policies(kept(custom, wanted), kept(defaults, wanted));
    }

    private static List<PolicyEntry> kept(List<PolicyEntry> entries, Predicate<PolicyEntry> which) {
        return entries.stream().filter(which).toList();
    }
}
